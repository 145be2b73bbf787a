"""Ages at which leads go on: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.sql import Query
from metrics.funnel.ages import StageAges, age_steps, stage_ages, stage_ages_by, ways
from metrics.funnel.counts import COUNTS
from metrics.scope import Counting, Dimension, Stage, Unit
from metrics.subjects import subject_steps
from tests.metrics.facts import DraftWarehouse, Facts, account, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import FILTERS, PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, SEEN


def way(found: pl.DataFrame, start: str, end: str) -> list[tuple[int, ...]]:
    """Age and the counts of one way."""
    rows = found.filter((pl.col("from_stage") == start) & (pl.col("to_stage") == end))
    return rows.select("age_days", *COUNTS).rows()


def test_the_ages_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_ages(twelve, asked(JANUARY, SEEN))
    assert way(found, "lead", "mql") == [
        (0, 11, 1, 0, 0, 0),  # L11, whose deal was opened first
        (1, 0, 0, 1, 0, 0),  # L08 was disqualified
        (2, 0, 1, 0, 0, 0),  # L09
        (3, 0, 1, 0, 0, 0),  # L04
        (5, 0, 1, 0, 0, 0),  # L01
        (7, 0, 3, 0, 0, 0),  # L02, L05, L06
        (9, 0, 1, 0, 0, 0),  # L03
        (59, 0, 0, 0, 1, 0),  # L07
        (74, 0, 1, 0, 0, 0),  # L12
    ]
    assert way(found, "opportunity", "won") == [
        (0, 2, 0, 0, 0, 0),  # L09, L11: in January
        (5, 0, 1, 0, 0, 0),  # L11
        (51, 0, 0, 1, 0, 0),  # L09 was lost
    ]


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("counting", Counting)
def test_ages_are_the_oracles(observed: Observed, unit: Unit, counting: Counting) -> None:
    for period, seen in PERIODS:
        for filters in FILTERS:
            scope = asked(period, seen, unit=unit, counting=counting, filters=filters)
            found = stage_ages(observed.warehouse, scope)
            expected = oracle.ages(observed.world, scope)
            rows = {row[:3]: list(row[3:]) for row in found.iter_rows()}
            assert rows == expected, scope


def test_segments_add_up_to_the_whole(observed: Observed) -> None:
    period, seen = PERIODS[1]
    for unit in Unit:
        scope = asked(period, seen, unit=unit)
        names = list(StageAges.to_schema().columns)
        parts = stage_ages_by(observed.warehouse, scope, Dimension.CHANNEL)
        added = parts.group_by(names[:3]).agg(pl.col(COUNTS).sum()).sort(names[:3])
        assert added.equals(stage_ages(observed.warehouse, scope))


def test_everyone_who_comes_leaves_or_is_open(observed: Observed) -> None:
    period, seen = PERIODS[1]
    found = stage_ages(observed.warehouse, asked(period, seen))
    total = found.group_by("from_stage", "to_stage").agg(pl.col(COUNTS).sum())
    assert total["records"].equals(total["converted"] + total["exited"] + total["open"])


def test_a_recycled_lead_has_not_left_and_an_account_only_with_its_last_lead(
    draft: DraftWarehouse,
) -> None:
    facts = Facts(
        account=(account("A1"),),
        lead=(
            lead("L1", datetime(2026, 1, 1), account_id="A1"),
            lead("L2", datetime(2026, 1, 2), account_id="A1"),
        ),
        stage_change=(
            change("lead", "L1", "disqualified", datetime(2026, 1, 9)),
            change("lead", "L2", "recycled", datetime(2026, 1, 12)),
        ),
    )
    warehouse = draft.hold(facts)
    assert way(stage_ages(warehouse, asked(JANUARY, SEEN)), "lead", "mql") == [
        (0, 2, 0, 0, 0, 0),
        (8, 0, 0, 1, 0, 0),
        (88, 0, 0, 0, 1, 0),
    ]
    accounts = asked(JANUARY, SEEN, unit=Unit.ACCOUNT)
    assert way(stage_ages(warehouse, accounts), "lead", "mql") == [
        (0, 1, 0, 0, 0, 0),
        (89, 0, 0, 0, 1, 0),
    ]
    gone = change("lead", "L2", "disqualified", datetime(2026, 1, 20))
    warehouse = draft.hold(replace(facts, stage_change=(facts.stage_change[0], gone)))
    assert way(stage_ages(warehouse, accounts), "lead", "mql") == [
        (0, 1, 0, 0, 0, 0),
        (19, 0, 0, 1, 0, 0),
    ]


def test_what_is_told_late_is_followed_from_then_on(observed: Observed) -> None:
    period, seen = PERIODS[1]
    scope = asked(period, seen)
    told = {Stage.MQL: date(2024, 5, 1), Stage.WON: date(2024, 9, 15)}
    steps = age_steps(ways(scope.unit), "subjects", (), told)
    found = observed.warehouse.query(Query(*subject_steps(scope), *steps))
    expected = oracle.ages(observed.world, scope, {stage.value: day for stage, day in told.items()})
    assert {row[:3]: list(row[3:]) for row in found.iter_rows()} == expected
    whole = stage_ages(observed.warehouse, scope)
    assert way(found, "lead", "sql") == way(whole, "lead", "sql")
    assert way(found, "lead", "won") != way(whole, "lead", "won")
