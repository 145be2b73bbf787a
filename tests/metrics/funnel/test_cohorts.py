"""Cohorts and their final rates: by hand on twelve leads, by the oracle on hundreds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product

import polars as pl
import pytest

from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from metrics.funnel.cohorts import cohort_projection, cohort_table, ever
from metrics.period import Period
from metrics.scope import Counting, Stage, Unit
from tests.metrics.comparing import assert_rows
from tests.metrics.facts import DraftWarehouse, Facts, change, lead
from tests.metrics.observing import Observed
from tests.metrics.oracle import cohorts as oracle
from tests.metrics.oracle import numbers
from tests.metrics.scopes import FILTERS, PERIODS, asked
from tests.metrics.twelve_leads import JANUARY, SEEN, WINTER

STEPS = {
    Unit.LEAD: ((Stage.LEAD, Stage.MQL), (Stage.SQL, Stage.OPPORTUNITY)),
    Unit.ACCOUNT: ((Stage.LEAD, Stage.WON),),
    Unit.DEAL: ((Stage.OPPORTUNITY, Stage.WON),),
}


def test_cohorts_of_twelve_leads_by_hand(twelve: DuckDBWarehouse) -> None:
    found = cohort_table(twelve, asked(WINTER, SEEN), (Stage.LEAD, Stage.MQL))
    assert found.drop("days", "rate").rows() == [
        (date(2025, 12, 1), 1, 1, 1, True),  # L10, after 16 days
        (date(2025, 12, 1), 1, 2, 1, True),
        (date(2025, 12, 1), 1, 3, 1, True),  # 90 days since 31 December
        (date(2025, 12, 1), 1, 4, 1, False),
        (date(2026, 1, 1), 11, 1, 8, True),
        (date(2026, 1, 1), 11, 2, 8, False),  # L07 is 59 days old
        (date(2026, 1, 1), 11, 3, 9, False),  # L12, after 74 days
    ]
    assert found["rate"].to_list()[-1] == 9 / 11


def test_a_month_that_the_period_cuts_is_of_its_days(twelve: DuckDBWarehouse) -> None:
    fortnight = Period(date(2026, 1, 8), date(2026, 1, 30))
    found = cohort_table(twelve, asked(fortnight, SEEN), (Stage.LEAD, Stage.MQL))
    assert found.drop("days", "rate").rows() == [
        (date(2026, 1, 1), 5, 1, 3, True),  # L02, L09, L11 of L02, L08, L09, L11, L12
        (date(2026, 1, 1), 5, 2, 3, True),  # 30 January was 60 days ago
        (date(2026, 1, 1), 5, 3, 4, False),
    ]


@pytest.mark.parametrize("unit", Unit)
@pytest.mark.parametrize("counting", Counting)
def test_cohorts_are_the_oracles(dated: Observed, unit: Unit, counting: Counting) -> None:
    told = 0
    for (period, seen), filters, way in product(PERIODS, FILTERS[:2], STEPS[unit]):
        scope = asked(period, seen, unit=unit, counting=counting, filters=filters)
        subjects = numbers.subjects(dated.world, scope)
        if oracle.untold(subjects, scope, *way):
            with pytest.raises(MetricError, match="nobody can tell how soon records get to"):
                cohort_table(dated.warehouse, scope, way)
            continue
        told += 1
        found = cohort_table(dated.warehouse, scope, way)
        assert_rows(found, oracle.cells(subjects, scope, *way), scope)
    assert told


@pytest.mark.parametrize("unit", Unit)
def test_projections_are_the_oracles(dated: Observed, unit: Unit) -> None:
    told = 0
    for (period, seen), filters, way in product(PERIODS, FILTERS[:2], STEPS[unit]):
        scope = asked(period, seen, unit=unit, filters=filters)
        subjects = numbers.subjects(dated.world, scope)
        if any(oracle.untold(subjects, each, *way) for each in (scope, ever(scope))):
            with pytest.raises(MetricError, match="nobody can tell how soon records get to"):
                cohort_projection(dated.warehouse, scope, way)
            continue
        told += 1
        expected = oracle.finals(subjects, scope, *way)
        found = cohort_projection(dated.warehouse, scope, way)
        columns = ("month_on", "entered", "converted", "open", "projected_rate")
        for row, wanted in zip(found.select(columns).iter_rows(), expected, strict=True):
            assert row[:-1] == wanted[:-1], scope
            assert row[-1] == pytest.approx(wanted[-1], rel=1e-9), scope
    assert told


def forty_leads(day: datetime, converting: int, *, after: int, name: str) -> Facts:
    """Forty leads of one day, of which so many become MQL some days later."""
    leads = [lead(f"{name}{number}", day) for number in range(40)]
    became = day + timedelta(days=after)
    return Facts(
        lead=tuple(leads),
        stage_change=tuple(
            change("lead", each["lead_id"], "mql", became) for each in leads[:converting]
        ),
    )


def test_the_young_are_projected_by_the_old_and_the_old_are_as_observed(
    draft: DraftWarehouse,
) -> None:
    old = forty_leads(datetime(2025, 1, 1), 20, after=50, name="old")
    young = forty_leads(datetime(2025, 12, 1), 0, after=0, name="young")
    warehouse = draft.hold(old.plus(young))
    year = asked(Period(date(2025, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
    first, last = cohort_projection(warehouse, year, (Stage.LEAD, Stage.MQL)).rows(named=True)
    assert first["rate"] == first["projected_rate"] == first["projected_low"] == 0.5
    assert first["projected_high"] == 0.5
    assert (first["open"], last["open"]) == (0, 40)
    # Half of the old ones converted after day 30, on which the young ones stand.
    assert (last["rate"], last["projected_rate"]) == (0, 0.5)
    assert 0.3 < last["projected_low"] < 0.45 < 0.55 < last["projected_high"] < 0.7
    assert cohort_projection(warehouse, year, (Stage.LEAD, Stage.MQL)).rows(named=True)[1] == last
    # The past before the period teaches as well.
    december = asked(Period(date(2025, 12, 1), date(2025, 12, 31)), date(2025, 12, 31))
    (alone,) = cohort_projection(warehouse, december, (Stage.LEAD, Stage.MQL)).rows(named=True)
    assert alone["projected_rate"] == 0.5


def test_nothing_is_projected_from_a_thin_past(twelve: DuckDBWarehouse) -> None:
    found = cohort_projection(twelve, asked(JANUARY, SEEN))
    assert found.select("entered", "converted", "open").rows() == [(11, 3, 6)]  # L08, L09 left
    assert found.select("projected_rate", "projected_low", "horizon_days").rows() == [(None,) * 3]


def test_a_stage_is_only_reached_from_an_earlier_one(twelve: DuckDBWarehouse) -> None:
    for metric in (cohort_table, cohort_projection):
        with pytest.raises(ValueError, match="a lead does not go from sql to mql"):
            metric(twelve, asked(WINTER, SEEN), (Stage.SQL, Stage.MQL))


def test_without_entries_there_are_no_cohorts(twelve: DuckDBWarehouse) -> None:
    before = asked(Period(date(2020, 1, 1), date(2020, 12, 31)), SEEN)
    assert cohort_table(twelve, before).is_empty()
    assert cohort_projection(twelve, before).is_empty()


def test_the_interval_covers_what_comes(draft: DraftWarehouse) -> None:
    """Seen at the end, the rate lies in the interval that was given amid the way."""
    facts = Facts()
    for month in range(1, 13):
        converting = 8 + 3 * (month % 3)
        day = datetime(2025, month, 1)
        facts = facts.plus(forty_leads(day, converting, after=40, name=f"m{month}-"))
    warehouse = draft.hold(facts)
    period = Period(date(2025, 1, 1), date(2025, 12, 31))
    amid = cohort_projection(warehouse, asked(period, date(2025, 12, 20)), (Stage.LEAD, Stage.MQL))
    final = cohort_projection(warehouse, asked(period, date(2026, 6, 30)), (Stage.LEAD, Stage.MQL))
    both = amid.join(final.select("month_on", final="rate"), on="month_on")
    covered = both.filter(pl.col("final").is_between("projected_low", "projected_high"))
    assert covered.height == both.height == 12
