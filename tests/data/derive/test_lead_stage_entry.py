"""Entries into stages in a lead's order: by the oracle on hundreds of leads, and its traps."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.data.derive.test_derive import at, derived, moves
from tests.metrics.facts import DraftWarehouse, Facts, Row, change, lead, opportunity
from tests.metrics.observing import Observed
from tests.metrics.oracle.transitions import Entry, entries_of
from tests.metrics.random_facts import random_facts

CREATED = lead("L1", at(10))


def stages(draft: DraftWarehouse, facts: Facts, time_zone: str = "UTC") -> list[tuple[str, int]]:
    """The stages of L1 in order, and on which day of January."""
    rows = derived(draft, "lead_stage_entry", facts, time_zone)
    return [(row["stage"], row["since_on"].day) for row in rows]


def test_entries_and_their_order_are_the_oracles(observed: Observed) -> None:
    found: dict[str, list[Row]] = {}
    for row in observed.warehouse.table("lead_stage_entry"):
        found.setdefault(row["lead_id"], []).append(row)
    for lead_id in observed.world.leads:
        rows = sorted(found.get(lead_id, []), key=lambda row: row["place"])
        assert [row["place"] for row in rows] == list(range(1, len(rows) + 1))
        expected = changes(entries_of(observed.world, lead_id))
        entries = [Entry(row["stage"], row["since_on"]) for row in rows]
        assert changes(entries) == expected, lead_id
        before = [None, *(row["stage"] for row in rows)]
        assert [row["stage_before"] for row in rows] == before[:-1]
        days = [*(row["since_on"] for row in rows), None]
        assert [row["until_on"] for row in rows] == days[1:]
        been: set[str] = set()
        for row in rows:
            comes_back = row["stage"] in been and row["stage"] != row["stage_before"]
            assert row["is_return"] == comes_back, lead_id
            been.add(row["stage"])


def changes(entries: list[Entry]) -> list[Entry]:
    """Those into another stage than the one before: one may be told several times."""
    return [
        entry
        for place, entry in enumerate(entries)
        if place == 0 or entries[place - 1].stage != entry.stage
    ]


def test_a_lead_is_created_by_its_first_entry(draft: DraftWarehouse) -> None:
    facts = Facts(lead=(CREATED,), stage_change=moves("L1", ("mql", 5), ("lead", 10), ("lead", 20)))
    # Created on the 10th, as a history says too; on the 20th it fell back to being a lead.
    assert stages(draft, facts) == [("lead", 5), ("mql", 5), ("lead", 20)]
    (first, *_) = derived(draft, "lead_stage_entry", facts)
    assert (first["entered_at"], first["since_on"]) == (at(10), date(2026, 1, 5))


def test_a_deal_is_opened_before_it_is_closed(draft: DraftWarehouse) -> None:
    deal: Row = {"primary_lead_id": "L1", "outcome": "won"}
    for opened, closed, expected in (
        (at(20), at(15), [("lead", 10), ("opportunity", 15), ("won", 15)]),
        (at(20), datetime(2026, 1, 20), [("lead", 10), ("opportunity", 20), ("won", 20)]),
        (at(20), at(25), [("lead", 10), ("opportunity", 20), ("won", 25)]),
    ):
        facts = Facts(
            lead=(CREATED,), opportunity=(opportunity("O1", opened, closed_at=closed, **deal),)
        )
        assert stages(draft, facts) == expected


@pytest.mark.parametrize(
    ("time_zone", "midnight"),
    [("UTC", at(12, 0)), ("Asia/Shanghai", at(11, 16)), ("Asia/Shanghai", at(12, 0))],
    ids=["UTC", "in the reporting zone", "in UTC"],
)
def test_a_day_with_an_entry_without_an_hour_is_in_funnel_order(
    draft: DraftWarehouse, time_zone: str, midnight: datetime
) -> None:
    """The deal says a day only, so that it seems to be opened before its lead became an SQL."""
    facts = Facts(
        lead=(CREATED,),
        stage_change=moves("L1", ("mql", 11), ("sql", 12)),
        opportunity=(opportunity("O1", midnight, primary_lead_id="L1"),),
    )
    in_order = [("lead", 10), ("mql", 11), ("sql", 12), ("opportunity", 12)]
    assert stages(draft, facts, time_zone) == in_order


def test_a_day_of_which_all_hours_are_known_is_in_their_order(draft: DraftWarehouse) -> None:
    path = (
        change("lead", "L1", "sql", at(12, 9)),
        change("lead", "L1", "mql", at(12, 11)),
        change("lead", "L1", "mql", at(13, 0)),  # another day, without an hour
    )
    facts = Facts(lead=(CREATED,), stage_change=path)
    assert stages(draft, facts) == [("lead", 10), ("sql", 12), ("mql", 12), ("mql", 13)]


def test_one_entry_told_by_two_sources_alike_is_one(draft: DraftWarehouse) -> None:
    entered = moves("L1", ("lead", 10), ("mql", 12))
    again = tuple({**row, "inferred_from": "date_column"} for row in entered)
    facts = Facts(lead=(CREATED,), stage_change=entered + again)
    assert stages(draft, facts) == [("lead", 10), ("mql", 12)]


def test_only_a_stage_left_and_entered_again_is_a_return(draft: DraftWarehouse) -> None:
    path = (("mql", 11), ("mql", 12), ("sql", 13), ("mql", 14), ("mql", 15), ("sql", 16))
    rows = derived(
        draft, "lead_stage_entry", Facts(lead=(CREATED,), stage_change=moves("L1", *path))
    )
    assert [row["is_return"] for row in rows] == [False] * 4 + [True, False, True]
    # A deal that others opened before the lead qualified: it had been in neither stage.
    facts = Facts(
        lead=(CREATED,),
        stage_change=moves("L1", ("mql", 12), ("sql", 13)),
        opportunity=(opportunity("O1", at(11), primary_lead_id="L1"),),
    )
    rows = derived(draft, "lead_stage_entry", facts)
    assert [row["stage"] for row in rows] == ["lead", "opportunity", "mql", "sql"]
    assert not any(row["is_return"] for row in rows)


def test_the_order_of_rows_does_not_matter(draft: DraftWarehouse) -> None:
    facts = random_facts(9, leads=40)
    before = derived(draft, "lead_stage_entry", facts)
    assert derived(draft, "lead_stage_entry", facts.shuffled(1)) == before
