"""Personas, the gap in the content and what two assets add are found as they were planted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.sample_company.world.words import PERSONAS, TITLES
from data.sql import Query, Step
from data.standardise.titles import role_of
from metrics.content.coverage import content_coverage
from metrics.content.effect import content_effect
from metrics.period import Period
from metrics.scope import Scope
from tests.data.sample_company.written import UNTIL, Sample

pytestmark = pytest.mark.xdist_group("loaded sample")


@pytest.fixture(scope="module")
def scope(sample: Sample) -> Scope:
    start = date.fromisoformat(sample.truth["size"]["start"])
    return Scope(Period(start, UNTIL), observed_until=UNTIL)


def rows(warehouse: DuckDBWarehouse, sql: str) -> list[tuple[Any, ...]]:
    return warehouse.query(Query(Step("asked", sql))).rows()


@pytest.mark.parametrize("title", TITLES, ids=[each[0] for each in TITLES])
def test_titles_are_read_as_the_persona_that_was_planted(
    title: tuple[str, str, str, int, int],
) -> None:
    for written, number in ((title[0], title[3]), (title[2], title[4])):
        planted = PERSONAS[number] if number >= 0 else "Not a Buyer"
        assert role_of(written).persona == planted


def test_content_is_made_for_the_personas_that_people_have(
    loaded: DuckDBWarehouse,
) -> None:
    uses = rows(
        loaded,
        "SELECT intended_persona, persona, count(*) FROM content_use JOIN content_asset"
        " USING (content_id) WHERE person_key IS NOT NULL GROUP BY ALL",
    )
    assert {intended for intended, *_ in uses} == set(PERSONAS) < {whose for _, whose, _ in uses}
    for persona in PERSONAS:
        met = {intended: count for intended, whose, count in uses if whose == persona}
        assert met[persona] > 0.38 * sum(met.values()), "more than a quarter: it is made for them"


def test_one_persona_meets_no_content_at_one_stage(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    planted = sample.truth["planted"]["content"]
    cells = content_coverage(loaded, scope)
    at_stage = cells.filter(stage=planted["gap_stage"])
    gap = at_stage.filter(persona=planted["gap_persona"]).row(0, named=True)
    assert (gap["exposed"], gap["assets"], gap["is_gap"]) == (0, 0, True)
    for persona in PERSONAS:
        if persona != planted["gap_persona"]:
            assert at_stage.filter(persona=persona)["exposed"].item() > 20, persona
    others = cells.filter(persona=planted["gap_persona"], stage="lead")
    assert others["exposed"].item() > 50


def test_one_asset_adds_and_another_only_seems_to(
    sample: Sample, loaded: DuckDBWarehouse, scope: Scope
) -> None:
    planted = sample.truth["planted"]["content"]
    effects = {row["content_id"]: row for row in content_effect(loaded, scope).rows(named=True)}
    adding, praised = effects[planted["adding"]], effects[planted["praised"]]
    assert adding["adds_low"] > 0
    assert adding["raw_difference"] > 0.25
    assert praised["adds_low"] < 0 < praised["adds_high"]
    assert praised["raw_difference"] < 0.1
    far = dict(
        rows(
            loaded,
            "SELECT content_id, count(DISTINCT CASE WHEN stage IN ('mql', 'sql', 'opportunity',"
            " 'won') THEN person_key END) FROM content_use GROUP BY content_id",
        )
    )
    assert max(far, key=lambda content: far[content]) == planted["praised"]
