"""Stability: whether cohorts develop alike, as every curve over their age takes for granted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.estimators.mack import (
    MackTest,
    SmallTriangleError,
    calendar_year_test,
    development_correlation_test,
)
from metrics.funnel.ages import Way
from metrics.funnel.cohorts import cohort_table
from metrics.scope import Scope

Floats = NDArray[np.float64]

CALENDAR, DEVELOPMENT = "calendar", "development"

_TESTS: dict[str, Callable[[Floats], MackTest]] = {
    CALENDAR: calendar_year_test,
    DEVELOPMENT: partial(development_correlation_test, level=0.95),
}


class CohortStability(pa.DataFrameModel):
    """One row per test of whether cohorts develop alike.

    `calendar` asks whether some calendar months speeded up or slowed down all cohorts at once,
    `development` whether a cohort that grew fast in one month since entry grows slow, or fast
    again, in the next. The statistic stays between low and high while cohorts develop alike; then
    `holds` is true. All are null where the triangle is too small for the test. `cohorts` counts the
    months of entry that have a mature cell.
    """

    test: str = pa.Field(isin=tuple(_TESTS))
    cohorts: int = pa.Field(ge=0)
    statistic: float = pa.Field(nullable=True)
    low: float = pa.Field(nullable=True)
    high: float = pa.Field(nullable=True)
    p_value: float = pa.Field(ge=0, le=1, nullable=True)
    holds: bool = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def cohort_stability(
    warehouse: Warehouse, scope: Scope, way: Way | None = None
) -> DataFrame[CohortStability]:
    """Do the cohorts develop alike, so that old ones tell how young ones will go on?

    Two rows, both of the triangle of mature cells of `cohort_table`: months of entry in the period
    by months since, each with its conversions so far. When a test fails, projections and curves
    mix unlike cohorts, and say more than they know. Both hold with 95% while cohorts are alike; as
    published, that of the development would fail every second time.

    Raises ValueError when the unit has no such way.
    Source: Mack (1994), appendices G and H.
    """
    grown = triangle(cohort_table(warehouse, scope, way), scope)
    known = int((~np.isnan(grown)).any(axis=1).sum()) if grown.size else 0
    rows = [(name, known, *_result(test, grown)) for name, test in _TESTS.items()]
    found = pl.DataFrame(rows, schema=columns(CohortStability), orient="row")
    return CohortStability.validate(found, lazy=True)


def triangle(cells: pl.DataFrame, scope: Scope) -> Floats:
    """Conversions so far of mature cells: a row per month of the period, a column per month since.

    `cells` is the result of `cohort_table`. A month without entries, and a cell that is not
    mature or has no rate, is NaN.
    """
    months = {month: row for row, month in enumerate(scope.period.months())}
    columns = int(cells["months_since"].max() or 0)  # type: ignore[arg-type]
    found = np.full((len(months), columns), np.nan)
    for month, since, converted in (
        cells.filter("is_mature")
        .drop_nulls("rate")
        .select("month_on", "months_since", "converted")
        .iter_rows()
    ):
        found[months[month], since - 1] = converted
    return found


def _result(test: Callable[[Floats], MackTest], grown: Floats) -> tuple[Any, ...]:
    """Statistic, low, high, p-value and whether it holds; nothing of a small triangle."""
    if not grown.size:
        return None, None, None, None, None
    try:
        found = test(grown)
    except SmallTriangleError:
        return None, None, None, None, None
    return found.statistic, found.low, found.high, found.p_value, found.passed
