"""From when on outcomes are told: by hand, by the oracle on hundreds, and where histories begin."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest

from metrics.health.beginning import Entries, begun
from metrics.health.source_window import KINDS, source_window, told_from
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import TERMS, DraftWarehouse, Facts, Row, change, lead, opportunity, terms
from tests.metrics.observing import Observed, observe
from tests.metrics.oracle.source_window import source_window as oracle
from tests.metrics.random_facts import random_facts

FIRST = datetime(2023, 1, 1, 9)

EVER = FIRST.date()

BEGAN = date(2024, 6, 2)
"""From this day on a history tells."""


def row_of(draft: DraftWarehouse, kind: str) -> Row:
    found = source_window(draft, TERMS)
    return found.filter(kind=kind).row(0, named=True)


def leads(count: int = 600) -> tuple[Row, ...]:
    """One each second day, from 2023 to 2026."""
    return tuple(lead(f"L{n}", FIRST + timedelta(days=2 * n)) for n in range(count))


def entries(stage: str, told_by: str, since: date = EVER) -> tuple[Row, ...]:
    """Every lead enters the stage after ten days; entries before a day are not told."""
    return tuple(
        change("lead", row["lead_id"], stage, at, inferred_from=told_by)
        for row in leads()
        if (at := row["created_at"] + timedelta(days=10)).date() >= since
    )


def test_windows_against_the_oracle(observed: Observed) -> None:
    definitions = observed.world.definitions
    assert_rows(source_window(observed.warehouse, definitions), oracle(observed.world))


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles"])
def test_days_are_those_of_the_reporting_zone(zone: str) -> None:
    seen = observe(random_facts(seed=5, leads=40), terms(zone))
    assert_rows(source_window(seen.warehouse, terms(zone)), oracle(seen.world))


def test_a_history_that_begins_later_than_its_leads(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=leads(), stage_change=entries("mql", "history", BEGAN)))
    row = row_of(draft, "mql")
    assert row["records_from"] == EVER
    assert row["observed_from"] == row["first_on"] == BEGAN
    assert row["begins_late"]
    assert row["told_by"] == "lead history"


def test_old_dates_on_records_are_complete(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=leads(), stage_change=entries("mql", "date_column")))
    row = row_of(draft, "mql")
    # The ten days until the first lead can be an MQL are no gap.
    assert (row["first_on"], row["observed_from"]) == (date(2023, 1, 11), date(2023, 1, 1))
    assert row["begins_late"] is False


def test_exits_that_are_recorded_later_than_leads_are_said(draft: DraftWarehouse) -> None:
    known = entries("mql", "date_column") + entries("disqualified", "date_column", BEGAN)
    draft.hold(Facts(lead=leads(), stage_change=known))
    assert row_of(draft, "mql")["begins_late"] is False
    assert row_of(draft, "disqualified")["observed_from"] == BEGAN
    assert row_of(draft, "disqualified")["begins_late"]


def test_a_few_late_entries_are_few_and_not_unrecorded(draft: DraftWarehouse) -> None:
    few = entries("won", "date_column", BEGAN)[::150]
    assert len(few) == 3
    draft.hold(Facts(lead=leads(), stage_change=few))
    assert row_of(draft, "won")["observed_from"] == EVER


def test_a_rare_kind_of_a_late_history_begins_no_earlier_than_the_history(
    draft: DraftWarehouse,
) -> None:
    known = entries("mql", "history", BEGAN) + entries("won", "history", BEGAN)[10:250:100]
    draft.hold(Facts(lead=leads(), stage_change=known))
    assert row_of(draft, "won")["observed_from"] == BEGAN


def test_a_mistyped_date_does_not_open_the_window(draft: DraftWarehouse) -> None:
    known = entries("mql", "history", BEGAN)
    stray = change("lead", "L0", "mql", FIRST + timedelta(days=1))
    draft.hold(Facts(lead=leads(), stage_change=(stray, *known)))
    row = row_of(draft, "mql")
    assert (row["first_on"], row["observed_from"]) == (date(2023, 1, 2), BEGAN)


def test_another_way_of_telling_counts_only_where_it_is_needed(draft: DraftWarehouse) -> None:
    complete, late = entries("mql", "date_column"), entries("mql", "history", BEGAN)
    draft.hold(Facts(lead=leads(), stage_change=complete + late))
    assert row_of(draft, "mql")["begins_late"] is False
    # Of these leads only the history tells.
    draft.hold(Facts(lead=leads(), stage_change=complete[:-100] + late))
    assert row_of(draft, "mql")["observed_from"] == BEGAN


def test_snapshots_tell_from_the_first_of_them(draft: DraftWarehouse) -> None:
    draft.hold(Facts(lead=leads()))
    seen, later = datetime(2025, 3, 1, 6), datetime(2025, 3, 8, 6)
    known = {"subject_kind": "lead", "stage": "sql", "stage_before": "mql"}
    draft.put(
        "stage_difference",
        *(
            known
            | {"subject_id": f"L{n}", "entered_at": later, "seen_before_at": seen}
            | {"inferred_from": "status_diff"}
            for n in range(3)
        ),
    )
    row = row_of(draft, "sql")
    assert (row["told_by"], row["observed_from"]) == ("lead snapshots", date(2025, 3, 1))


def test_deals_alone_are_told_by_their_own_dates(draft: DraftWarehouse) -> None:
    deals = tuple(
        opportunity(
            f"O{n}",
            FIRST + timedelta(days=n),
            outcome="won",
            closed_at=FIRST + timedelta(days=n + 30),
        )
        for n in range(300)
    )
    draft.hold(Facts(opportunity=deals))
    assert row_of(draft, "opportunity")["observed_from"] == EVER
    won = row_of(draft, "won")
    assert (won["observed_from"], won["told_by"]) == (EVER, "opportunity record")
    # Nobody wrote down how deals of the first months ended.
    draft.hold(
        Facts(
            opportunity=tuple(
                row if n >= 120 else row | {"outcome": "open", "closed_at": None}
                for n, row in enumerate(deals)
            )
        )
    )
    assert row_of(draft, "won")["observed_from"] == EVER + timedelta(days=150)


def test_what_is_never_told_is_unknown(draft: DraftWarehouse) -> None:
    draft.hold(Facts())
    found = source_window(draft, TERMS)
    assert found["kind"].to_list() == list(KINDS)
    assert found["record_count"].sum() == 0
    assert found["observed_from"].null_count() == found["begins_late"].null_count() == len(KINDS)


def test_a_gap_is_no_chance_when_enough_entries_follow() -> None:
    since, until = date(2026, 1, 1), date(2026, 4, 10)
    # Ten days without an entry, of a hundred: 0.9^n is under 1% from n = 44 on.
    day = date(2026, 1, 11)
    assert begun(Entries.of([day], [43]), since, until) == since
    assert begun(Entries.of([day], [44]), since, until) == day


def test_a_stage_is_told_once_it_and_the_exits_are() -> None:
    windows = pl.DataFrame(
        {
            "kind": ["mql", "won", "lost", "recycled"],
            "observed_from": [date(2026, 1, 1), date(2026, 3, 1), date(2026, 2, 1), None],
            "begins_late": [False, True, True, None],
        }
    )
    lost, won = date(2026, 2, 1), date(2026, 3, 1)
    assert told_from(windows) == {"mql": lost, "sql": lost, "opportunity": lost, "won": won}
    assert told_from(windows.filter(pl.col("kind") == "mql")) == {}
