"""Names that rules give, counted lead by lead, and those that tell nobody apart."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest

from data.definitions import Definitions
from metrics.health.rules import rule_matches
from tests.metrics import facts
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.oracle.world import World
from tests.metrics.random_facts import random_facts

HERE = datetime(2026, 1, 5)


def test_each_name_is_counted_lead_by_lead() -> None:
    known = random_facts(4)
    leads = [lead for lead in World(known, TERMS).leads.values() if lead.episodes]
    has = {"persona": "persona", "segment": "own_segment", "tag": "tags"}
    found = rule_matches(DraftWarehouse().hold(known), TERMS)
    assert {row[:2] for row in found.rows()} == {
        (kind, rule.name) for kind in has for rule in getattr(TERMS, kind)
    }
    for kind, name, counted, *_ in found.rows():
        values = [lead.segments[has[kind]].split(" · ") for lead in leads]
        assert counted == sum(name in each for each in values)
    assert found.filter(pl.col("leads") > 0).height == len(found)
    assert found["all_leads"].unique().to_list() == [len(leads)]


@pytest.mark.parametrize(
    ("grades", "remark"), [(["A", "b"], "Every lead has it"), (["C"], "No lead"), (["A"], None)]
)
def test_a_tag_that_tells_nobody_apart_is_told(
    draft: DraftWarehouse, grades: list[str], remark: str | None
) -> None:
    terms = Definitions.model_validate(
        TERMS.model_dump() | {"persona": [], "segment": [], "tag": [{"name": "T", "grade": grades}]}
    )
    leads = tuple(facts.lead(f"L{each}", HERE, grade=each) for each in "AB")
    [row] = rule_matches(draft.hold(Facts(lead=leads), terms), terms).rows(named=True)
    assert (row["remark"] or "")[: len(remark or "")] == (remark or "")
    assert (row["remark"] is None) is (remark is None)


def test_without_leads_nothing_is_said_of_a_rule(draft: DraftWarehouse) -> None:
    found = rule_matches(draft.hold(Facts()), TERMS)
    assert found["share"].null_count() == len(found)
    assert found["remark"].null_count() == len(found)
