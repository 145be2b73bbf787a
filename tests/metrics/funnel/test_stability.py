"""Whether cohorts develop alike: on companies that do, and on one that changed its process."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from data.engine.warehouse import DuckDBWarehouse
from metrics.estimators.mack import calendar_year_test
from metrics.funnel.cohorts import cohort_table
from metrics.funnel.stability import CALENDAR, cohort_stability, triangle
from metrics.period import Period
from metrics.scope import Stage
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, WINTER

TWO_YEARS = Period(date(2024, 1, 1), date(2025, 12, 31))


def company(busy: Collection[tuple[int, int]] = ()) -> Facts:
    """Two years of leads that become MQL within half a year, in busy months five times as soon."""
    random = np.random.default_rng(3)
    leads, changes = [], []
    for number in range(2400):
        day = datetime(2024, 1, 1) + timedelta(days=int(number * 730 / 2400))
        leads.append(lead(f"L{number}", day))
        for age in range(1, 180):
            on = day + timedelta(days=age)
            if random.random() < (0.02 if (on.year, on.month) in busy else 0.004):
                changes.append(change("lead", f"L{number}", "mql", on))
                break
    return Facts(lead=tuple(leads), stage_change=tuple(changes))


BUSY = {(2024, 8), (2025, 1), (2025, 5), (2025, 9)}
"""Months in which everybody is called at once."""


def test_the_triangle_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    scope = asked(WINTER, SEEN)
    found = triangle(cohort_table(twelve, scope, (Stage.LEAD, Stage.MQL)), scope)
    nothing = [np.nan] * 4
    expected = [[1, 1, 1, np.nan], [8, np.nan, np.nan, np.nan], nothing, nothing]
    np.testing.assert_array_equal(found, expected)


def test_a_triangle_that_is_too_small_says_nothing(twelve: DuckDBWarehouse) -> None:
    found = cohort_stability(twelve, asked(WINTER, SEEN), (Stage.LEAD, Stage.MQL))
    assert found["test"].to_list() == ["calendar", "development"]
    assert found["cohorts"].to_list() == [2, 2]
    assert found["holds"].to_list() == [None, None]
    empty = cohort_stability(twelve, asked(Period(date(2020, 1, 1), date(2020, 1, 31)), SEEN))
    assert empty.select("cohorts", "holds").rows() == [(0, None)] * 2


def test_a_company_that_works_alike_passes_and_one_that_calls_all_at_once_does_not(
    draft: DraftWarehouse,
) -> None:
    scope = asked(TWO_YEARS, date(2025, 12, 31))
    alike = draft.hold(company())
    found = cohort_stability(alike, scope, (Stage.LEAD, Stage.MQL))
    assert found.filter(test=CALENDAR).row(0, named=True)["holds"] is True
    in_bursts = draft.hold(company(BUSY))
    found = cohort_stability(in_bursts, scope, (Stage.LEAD, Stage.MQL))
    row = found.filter(test=CALENDAR).row(0, named=True)
    assert row["holds"] is False
    grown = triangle(cohort_table(in_bursts, scope, (Stage.LEAD, Stage.MQL)), scope)
    expected = calendar_year_test(grown)
    assert row["statistic"] == pytest.approx(expected.statistic)
    assert row["statistic"] < row["low"]
