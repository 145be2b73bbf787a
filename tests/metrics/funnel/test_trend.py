"""The funnel month by month: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.trend import stage_trend
from metrics.period import Period
from metrics.scope import Basis, Counting, Unit
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import numbers as oracle
from tests.metrics.scopes import asked, every_scope
from tests.metrics.twelve_leads import JANUARY, QUARTER, SEEN, WINTER


def by_month(found: pl.DataFrame, column: str = "reached") -> dict[int, list[object]]:
    """The five stages' values of each month."""
    return {
        month.month: found.filter(pl.col("month_on") == month)[column].to_list()
        for month in found["month_on"].unique(maintain_order=True)
    }


def test_cohorts_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_trend(twelve, asked(WINTER, SEEN))
    # In December L10 came and reached SQL. January's eleven as in the table of conversion.
    assert by_month(found) == {
        12: [1, 1, 1, 0, 0],
        1: [11, 9, 8, 4, 3],
        2: [0, 0, 0, 0, 0],
        3: [0, 0, 0, 0, 0],
    }
    assert by_month(found, "entered") == {12: [1] * 5, 1: [11] * 5, 2: [0] * 5, 3: [0] * 5}
    # 101 days old on 31 March: L10 has had the 60 days to MQL, not the 120 to SQL.
    assert by_month(found, "matured_share")[12] == [None, 1.0, 0.0, 0.0, 0.0]
    assert by_month(found, "rate_first")[2] == [None] * 5


def test_flow_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_trend(twelve, asked(WINTER, SEEN, basis=Basis.FLOW))
    assert by_month(found) == {
        12: [1, 0, 0, 0, 0],  # L10
        1: [11, 9, 7, 2, 1],  # as in the table of conversion
        2: [0, 0, 1, 2, 0],  # L02 to SQL; L01, L02 to opportunity
        3: [0, 1, 1, 0, 2],  # L12 to MQL, L05 to SQL; L01, L02 won. L05's second MQL is no entry
    }
    assert by_month(found, "entered")[1] == [11] * 5
    # Two opportunities on nobody's entry: no rate, rather than an infinite one.
    assert by_month(found, "rate_first")[2] == [None] * 5
    assert found["matured_share"].null_count() == found.height
    # A month's ratio of two counts has an interval where it is one, which may exceed 1.
    low, high = (by_month(found, f"rate_first_{each}") for each in ("low", "high"))
    assert low[2] == high[2] == [None] * 5
    assert low[1][0] is None
    assert [low[1][1], high[1][1]] == pytest.approx([0.3481, 1.9232], abs=1e-4)


def test_months_of_accounts_by_hand(twelve: DuckDBWarehouse) -> None:
    found = stage_trend(twelve, asked(WINTER, SEEN, unit=Unit.ACCOUNT, basis=Basis.FLOW))
    # A7 came in December. January: A1 to A6 and A8 came, all but A5 were MQL (with A7), the same
    # SQL, A6 and A8 opportunities, A8 won. February: A1 opportunity. March: A1 won. A9 has no lead,
    # and a deal of January that was won in February.
    assert by_month(found) == {
        12: [1, 0, 0, 0, 0],
        1: [7, 7, 7, 3, 1],
        2: [0, 0, 0, 1, 1],
        3: [0, 0, 0, 0, 1],
    }


def test_the_oracle_sees_the_same_months(observed: Observed) -> None:
    for scope in every_scope()[::5]:
        expected = oracle.trend(oracle.subjects(observed.world, scope), scope)
        assert_rows(stage_trend(observed.warehouse, scope), expected, scope)


def test_months_add_up_to_the_period(twelve: DuckDBWarehouse) -> None:
    for basis in Basis:
        for counting in Counting:
            scope = asked(QUARTER, SEEN, basis=basis, counting=counting)
            months = stage_trend(twelve, scope).group_by("stage").agg(pl.col("reached").sum())
            whole = stage_conversion(twelve, scope)
            assert dict(months.iter_rows()) == dict(whole.select("stage", "reached").iter_rows())


def test_the_first_and_the_last_month_may_be_partial(twelve: DuckDBWarehouse) -> None:
    scope = asked(Period(date(2026, 1, 6), date(2026, 2, 10)), SEEN)
    found = stage_trend(twelve, scope)
    # Without L01 (5 January), L03 (3rd) and L05 (4th).
    assert by_month(found, "entered") == {1: [8] * 5, 2: [0] * 5}
    assert by_month(found, "days_seen") == {1: [26] * 5, 2: [10] * 5}


def test_no_leads_are_zeros_in_every_month(draft: DraftWarehouse) -> None:
    draft.hold(Facts())
    for basis in Basis:
        for unit in Unit:
            found = stage_trend(draft, asked(WINTER, SEEN, basis=basis, unit=unit))
            assert found.height == 4 * len(unit.stages)
            assert found["reached"].sum() == found["entered"].sum() == 0
            assert found["rate_first"].null_count() == found.height


def test_a_leap_day_is_a_day_of_february(draft: DraftWarehouse) -> None:
    draft.hold(
        Facts(
            lead=(lead("L1", datetime(2024, 2, 29, 23, 59)),),
            stage_change=(change("lead", "L1", "mql", datetime(2024, 3, 1)),),
        )
    )
    period = Period(date(2024, 2, 1), date(2024, 3, 31))
    flow = stage_trend(draft, asked(period, date(2024, 3, 31), basis=Basis.FLOW))
    assert by_month(flow) == {2: [1, 0, 0, 0, 0], 3: [0, 1, 0, 0, 0]}
    # 1 March is one day later: within the shortest window.
    cohort = asked(period, date(2024, 3, 31), window_days=1)
    assert by_month(stage_trend(draft, cohort))[2] == [1, 1, 0, 0, 0]


def test_a_month_is_seen_as_it_stood(twelve: DuckDBWarehouse) -> None:
    scope = asked(JANUARY, date(2026, 1, 15))
    # By 15 January all had come but L07 and, with its deal inferred earlier, L11 is there. MQL by
    # then: L01 L02 L03 L04 L05 L06 L09 L11; SQL: L03 L06 L11; won: L11.
    assert by_month(stage_trend(twelve, scope))[1] == [10, 8, 3, 1, 1]
    assert by_month(stage_trend(twelve, scope), "days_seen")[1] == [15] * 5


def test_a_month_that_has_not_begun_is_not_there(twelve: DuckDBWarehouse) -> None:
    for basis in Basis:
        scope = asked(WINTER, date(2026, 1, 15), basis=basis)
        found = stage_trend(twelve, scope)
        assert by_month(found, "days_seen") == {12: [31] * 5, 1: [15] * 5}
        assert by_month(found, "days_in_month") == {12: [31] * 5, 1: [31] * 5}
        assert stage_trend(twelve, replace(scope, observed_until=date(2025, 11, 30))).is_empty()
