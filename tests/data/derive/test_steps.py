"""Steps of deriving by themselves: an intermediate one can be read, and a broken one is named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from data.definitions import Definitions
from data.derive.rebuild import RebuildCause, derived_tables, rebuild
from data.engine.draft import Draft
from data.errors import EngineError
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, fill, lead, opportunity
from tests.metrics.random_facts import random_facts

DEAL_LEADS = derived_tables(TERMS)["deal_lead"]


@pytest.fixture
def own_draft(tmp_path: Path) -> Iterator[Draft]:
    with Draft.open(tmp_path / "draft.duckdb", threads=1) as opened:
        yield opened


def test_a_deal_that_names_a_person_names_that_person_s_lead(draft: DraftWarehouse) -> None:
    before, after = datetime(2026, 1, 1), datetime(2026, 3, 1)
    draft.hold(
        Facts(
            lead=(lead("L1", before, person_id="p_ann"), lead("L2", after, person_id="p_ann")),
            opportunity=(
                opportunity("O1", datetime(2026, 2, 1), primary_lead_id="person:p_ann"),
                opportunity("O2", datetime(2026, 2, 1), primary_lead_id="L2"),
            ),
        )
    )
    people = draft.query(DEAL_LEADS.upto("people_of_deals"))
    assert people.select("opportunity_id", "person_id").rows() == [("O1", "p_ann")]
    leads = draft.query(DEAL_LEADS).select("opportunity_id", "lead_id").rows()
    assert sorted(leads) == [("O1", "L1"), ("O2", "L2")]


@pytest.mark.parametrize(
    ("broken", "step"),
    [
        ("ALTER TABLE campaign_spend DROP COLUMN original_cost_amount", "dated_rows"),
        ("ALTER TABLE interaction DROP COLUMN utm_source", "session_sources"),
        ("ALTER TABLE opportunity DROP COLUMN lost_reason", "deal_events"),
        ("ALTER TABLE opportunity_lead DROP COLUMN role", "named_leads"),
        ("ALTER TABLE campaign_spend DROP COLUMN clicks", "reported_rows"),
    ],
)
def test_a_broken_step_is_named(own_draft: Draft, broken: str, step: str) -> None:
    fill(own_draft, random_facts(1), TERMS)
    own_draft.execute(broken)
    with pytest.raises(EngineError) as raised:
        rebuild(own_draft, Definitions.load(), RebuildCause.ERASURE)
    assert raised.value.step == step


def test_every_derived_table_has_its_query() -> None:
    assert {"touch", "journey", "deal", "spend"} <= derived_tables(TERMS).keys()
