"""Cohorts: what became of the entries of each month, and what will have become of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.incidence import IncidenceDraws, draw_incidence
from metrics.estimators.projection import projected_rate
from metrics.funnel.ages import Way, age_steps, ages_query, told_days, way_in
from metrics.funnel.counts import age_counts, horizon_days, together, untold
from metrics.period import Period, days_in_month
from metrics.scope import Scope
from metrics.subjects import subject_steps

MONTH_DAYS = 30
"""A month since entry, in days: the same for every member, whatever month follows."""

MOST_MONTHS = 24
"""So many months since entry are told apart."""

FEWEST_CONVERSIONS = 5
"""With fewer conversions in all of the past, nothing is projected."""

DRAWS = 2000
LEVEL = 0.8
_SEED = 20


class CohortCell(pa.DataFrameModel):
    """One row per month of entry and month since, in order; months without entries are not there.

    `converted` of the `entered` reached the later stage within `days` of the earlier one, 30 for
    each month since. A cell is mature when one who came on the cohort's last day has had that many
    days; before, `rate` is what has been seen so far, and will rise. Cells of which no day has come
    are not there. Who converted on an unknown day is in neither count; where they are over a tenth
    of the month's that converted, the rate is null.
    """

    month_on: pl.Date
    entered: int = pa.Field(ge=1)
    months_since: int = pa.Field(ge=1, le=MOST_MONTHS)
    days: int = pa.Field(ge=MONTH_DAYS)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    is_mature: bool

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class CohortProjection(pa.DataFrameModel):
    """One row per month of entry: what was observed, and the final rate that is projected of it.

    `rate` is `converted` ÷ `entered`, until the last day observed, without those who converted on
    an unknown day; null, with all that is projected, where they are over a tenth. `open` counts
    those who may still convert within `horizon_days`: they have neither converted nor left, and are
    younger. The projection is their expected conversions on top, with the 80% interval low to
    high; it equals `rate` where nobody is open. It is null, like the horizon, where the past is too
    thin to learn from.
    """

    month_on: pl.Date
    entered: int = pa.Field(ge=1)
    converted: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1, nullable=True)
    open: int = pa.Field(ge=0)
    projected_rate: float = pa.Field(ge=0, le=1, nullable=True)
    projected_low: float = pa.Field(ge=0, le=1, nullable=True)
    projected_high: float = pa.Field(ge=0, le=1, nullable=True)
    horizon_days: int = pa.Field(ge=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def cohort_table(
    warehouse: Warehouse, scope: Scope, way: Way | None = None
) -> DataFrame[CohortCell]:
    """Which share of each month's entries has converted within one month, two, three?

    One row per month in which somebody reached the first stage of the way, in the period, and
    month since; the rate is the share that reached its second. The way is by default the unit's
    whole way. A first or last month that the period cuts counts
    its days within. Basis and window of the scope do not matter: each column is a window.

    Raises ValueError when the unit has no such way, and MetricError where over a tenth of those
    that went it did so on an unknown day.
    """
    rows = _by_month(warehouse, scope, way_in(scope, way))
    cells = [
        cell
        for (month,), ages in sorted(rows.partition_by("month_on", as_dict=True).items())
        for cell in _cells(month, ages, scope)
    ]
    found = pl.DataFrame(cells, schema=columns(CohortCell), orient="row")
    return CohortCell.validate(found, lazy=True)


def cohort_projection(
    warehouse: Warehouse, scope: Scope, way: Way | None = None
) -> DataFrame[CohortProjection]:
    """Which share of each month's entries will have converted in the end?

    One row per month in which somebody reached the first stage of the way, in the period. How those
    still open will fare is learnt from all that entered until the last day observed, also before
    the period, up to the last age with enough records at risk. With fewer than five conversions
    nothing is projected. The interval holds with 80%: it has the curve's uncertainty and each open
    record's own chance, not that the future may differ from the past (`cohort_stability`). Draws
    are seeded: the same data give the same interval.

    Raises ValueError when the unit has no such way, and MetricError where over a tenth of those
    that went it did so on an unknown day.
    Source: `metrics.estimators.projection`.
    """
    way = way_in(scope, way)
    rows = _by_month(warehouse, scope, way)
    curve = _curve(_past(warehouse, scope, way))
    cohorts = [
        _projected(month, ages, curve, np.random.default_rng((_SEED, number)))
        for number, ((month,), ages) in enumerate(
            sorted(rows.partition_by("month_on", as_dict=True).items())
        )
    ]
    found = pl.DataFrame(cohorts, schema=columns(CohortProjection), orient="row")
    return CohortProjection.validate(found, lazy=True)


def cohort_ages_query(scope: Scope, way: Way) -> Query:
    """The counts by age of each month's entries to the way's first stage."""
    entries = Step(
        "entries",
        f"SELECT subjects.*, CAST(date_trunc('month', {way[0].value}_on) AS DATE) AS month_on"
        " FROM subjects",
    )
    return Query(*subject_steps(scope), entries, *age_steps((way,), "entries", ("month_on",)))


def ever(scope: Scope) -> Scope:
    """The same question about all that entered until the last day observed."""
    return replace(scope, period=Period(date(1900, 1, 1), scope.observed_until))


def _by_month(warehouse: Warehouse, scope: Scope, way: Way) -> pl.DataFrame:
    """The counts by age of each month's entries, in the period.

    Of whole months these are some of all months' counts, which the projection learns from as well.
    """
    if _has_whole_months(scope):
        within = pl.col("month_on").is_between(scope.period.start, scope.period.end)
        rows = warehouse.query(cohort_ages_query(ever(scope), way)).filter(within)
    else:
        rows = warehouse.query(cohort_ages_query(scope, way))
    if why := untold(rows):
        raise MetricError(why)
    return rows.filter(pl.col("records").sum().over("month_on") > 0)


def _past(warehouse: Warehouse, scope: Scope, way: Way) -> pl.DataFrame:
    """The counts by age of all that entered until the last day observed, as far as it is told."""
    told = told_days(warehouse)
    if way[1] in told or not _has_whole_months(scope):
        return warehouse.query(ages_query(ever(scope), None, (way,), told))
    return together(warehouse.query(cohort_ages_query(ever(scope), way)))


def _has_whole_months(scope: Scope) -> bool:
    """Whether no entry of a month of the period is outside of it."""
    after = scope.period.end + timedelta(days=1)
    return scope.period.start.day == 1 and (
        after.day == 1 or scope.period.end >= scope.observed_until
    )


def _cells(month: date, ages: pl.DataFrame, scope: Scope) -> Iterator[tuple[Any, ...]]:
    """The columns of CohortCell."""
    first = max(month, scope.period.start)
    last = min(month + timedelta(days=days_in_month(month) - 1), scope.period.end)
    entered = int(ages["records"].sum())
    month_of = np.maximum(1, -(-ages["age_days"].to_numpy() // MONTH_DAYS))
    counts = np.bincount(month_of, ages["converted"].to_numpy(), minlength=MOST_MONTHS + 1)
    so_far = counts.cumsum().astype(np.int64).tolist()
    is_told = not untold(ages)
    for months in range(1, MOST_MONTHS + 1):
        days = MONTH_DAYS * months
        if (scope.observed_until - first).days <= days - MONTH_DAYS:
            return
        converted = so_far[months]
        mature = (scope.observed_until - last).days >= days
        rate = converted / entered if is_told else None
        yield month, entered, months, days, converted, rate, mature


def _curve(past: pl.DataFrame) -> IncidenceDraws | None:
    """How the open will fare, drawn; None where too few have converted to say."""
    counts = age_counts(past, horizon_days(past))
    if counts.converted.sum() < FEWEST_CONVERSIONS:
        return None
    return draw_incidence(counts, DRAWS, np.random.default_rng(_SEED))


def _projected(
    month: date, ages: pl.DataFrame, curve: IncidenceDraws | None, rng: np.random.Generator
) -> tuple[Any, ...]:
    """The columns of CohortProjection."""
    entered, converted = int(ages["records"].sum()), int(ages["converted"].sum())
    is_told = not untold(ages)
    known = month, entered, converted, converted / entered if is_told else None
    if curve is None or not is_told:
        return *known, int(ages["open"].sum()), None, None, None, None
    horizon = curve.estimate.horizon
    counts = np.bincount(ages["age_days"].to_numpy(), ages["open"].to_numpy())
    by_age = counts[:horizon].astype(np.int64)
    found = projected_rate(converted, by_age, curve, rng, size=entered)
    low, high = np.quantile(found.draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    # A conversion that is possible but unlikely moves the mean, and no quantile of whole records.
    return *known, int(by_age.sum()), found.point, low, max(high, found.point), horizon
