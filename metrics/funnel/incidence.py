"""Incidence of each step: how many convert, and how soon, of everyone and by segment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import time_to_convert
from metrics.estimators.comparing.proportions import wilson
from metrics.estimators.effective_records import effective_records
from metrics.estimators.incidence import incidence
from metrics.funnel.ages import Way, ages_query, steps, told_days, way_in
from metrics.funnel.counts import age_counts, horizon_days, untold
from metrics.funnel.segments import step_groups
from metrics.scope import Dimension, Scope, Stage

AGES = (30, 60, 90)
"""The ages, in days, at which a table shows a curve."""

FEWEST_CONVERSIONS = 5
"""Of fewer conversions no time to convert is told."""

MOST_CURVES = 12
"""Curves of so many segments, the largest."""


class StepIncidence(pa.DataFrameModel):
    """One row per step of the unit, and last one from its first stage to its last.

    `rate_30` to `rate_90` are the shares converted within so many days, null beyond `horizon_days`,
    the last age at which enough are at risk. `final` is the share by then, with 80% and 95%
    intervals. `days_half` and `days_most` are the days within which half and 90% of those
    converters have converted, null of fewer than five. `records` came in, of which `converted` and
    `exited` are seen; the rest are open. `undated` are not among them: they have gone on, on a day
    that nobody recorded. Where they are over a tenth of those that have, no share is told.
    """

    from_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    to_stage: str = pa.Field(isin=[stage.value for stage in Stage])
    records: int = pa.Field(ge=0)
    converted: int = pa.Field(ge=0)
    exited: int = pa.Field(ge=0)
    undated: int = pa.Field(ge=0)
    rate_30: float = pa.Field(ge=0, le=1, nullable=True)
    rate_60: float = pa.Field(ge=0, le=1, nullable=True)
    rate_90: float = pa.Field(ge=0, le=1, nullable=True)
    days_half: float = pa.Field(ge=0, nullable=True)
    days_most: float = pa.Field(ge=0, nullable=True)
    horizon_days: int = pa.Field(ge=1, nullable=True)
    final: float = pa.Field(ge=0, le=1, nullable=True)
    final_low_80: float = pa.Field(ge=0, le=1, nullable=True)
    final_high_80: float = pa.Field(ge=0, le=1, nullable=True)
    final_low_95: float = pa.Field(ge=0, le=1, nullable=True)
    final_high_95: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class IncidenceCurve(pa.DataFrameModel):
    """One row per age in days at which the curve rises, and the first and last of its horizon.

    `rate` is the share converted by the end of that age, of everyone who came in: those still open
    count by what others of their age did next. `at_risk` are those open at that age. Between two
    rows the curve is flat.
    """

    age_days: int = pa.Field(ge=0)
    at_risk: int = pa.Field(ge=0)
    rate: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class IncidenceCurveBy(IncidenceCurve):
    """The dimension's column, then those of IncidenceCurve."""

    class Config(IncidenceCurve.Config):
        """The column of the dimension is added, and is called like it."""

        strict: ClassVar[bool] = False


def step_incidence(warehouse: Warehouse, scope: Scope) -> DataFrame[StepIncidence]:
    """How many go on at each step in the end, and how soon?

    One row per step, of those that reached its first stage in the period, followed until
    `observed_until`; the last row is the unit's whole way. Those still open count by what others of
    their age did next, so that a young cohort is not taken for a bad one. Those that were
    disqualified or lost no longer convert; one that is recycled may. Basis, window do not matter.
    Intervals count records of one account as the fewer that they are worth.

    Source: `metrics.estimators.incidence`; Wilson (1927) of the effective records.
    """
    asked = steps(scope.unit)
    ages = warehouse.query(ages_query(scope, None, asked, told_days(warehouse)))
    groups = step_groups(warehouse, replace(scope, window_days=None), asked)
    rows = []
    for start, end in asked:
        of_step = ages.filter(from_stage=start.value, to_stage=end.value)
        summary = Summary.of(of_step, groups[start, end].design_effect)
        rows.append({"from_stage": start.value, "to_stage": end.value, **summary.row})
    found = pl.DataFrame(rows, schema=columns(StepIncidence))
    return StepIncidence.validate(found, lazy=True)


def incidence_curve(
    warehouse: Warehouse, scope: Scope, way: Way | None = None
) -> DataFrame[IncidenceCurve]:
    """Which share has converted within each number of days?

    One row per age at which it rises, up to the last age at which enough are at risk: ten, of
    under a hundred a tenth. Of those that reached the way's first stage in the period; the way is
    by default the unit's whole way.

    Raises ValueError when the unit has no such way, and MetricError where over a tenth of those
    that went it did so on an unknown day.
    Source: `metrics.estimators.incidence`.
    """
    ages = warehouse.query(ages_query(scope, None, (way_in(scope, way),), told_days(warehouse)))
    found = pl.DataFrame(_points(ages), schema=columns(IncidenceCurve), orient="row")
    return IncidenceCurve.validate(found, lazy=True)


def incidence_curve_by(
    warehouse: Warehouse, scope: Scope, by: Dimension, way: Way | None = None
) -> DataFrame[IncidenceCurveBy]:
    """How do the shares converted within each number of days differ between segments?

    The dimension's column, then those of `incidence_curve`, each segment up to its own last age
    with enough at risk; the twelve largest segments, the largest first. A segment of which over a
    tenth converted on an unknown day has no curve.

    Raises what `incidence_curve` does, of all segments.
    """
    ages = warehouse.query(ages_query(scope, by, (way_in(scope, way),), told_days(warehouse)))
    if why := untold(ages):
        raise MetricError(why)
    points = [
        (segment, *point)
        for segment, rows in by_size(ages, by)[:MOST_CURVES]
        if not untold(rows)
        for point in _points(rows)
    ]
    schema: dict[str, pl.DataType] = {by.value: pl.String(), **columns(IncidenceCurve)}
    found = pl.DataFrame(points, schema=schema, orient="row")
    return IncidenceCurveBy.validate(found, lazy=True)


def by_size(ages: pl.DataFrame, by: Dimension) -> list[tuple[str, pl.DataFrame]]:
    """The rows of each segment; the segment of most records first, of equal ones by name."""
    parts = ages.partition_by(by.value, as_dict=True)
    found = [(str(segment), rows) for (segment,), rows in parts.items()]
    return sorted(found, key=lambda each: (-int(each[1]["records"].sum()), each[0]))


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """What a table says of a curve."""

    rows: pl.DataFrame
    horizon: int | None
    counts: AgeCounts | None
    design_effect: float

    @classmethod
    def of(cls, rows: pl.DataFrame, design_effect: float) -> Summary:
        """Of the rows of one way; nothing is known of nobody, nor without days."""
        if not rows["records"].sum() or untold(rows):
            return cls(rows, None, None, design_effect)
        horizon = horizon_days(rows)
        return cls(rows, horizon, age_counts(rows, horizon), design_effect)

    @property
    def row(self) -> dict[str, Any]:
        """The columns of StepIncidence after the stages."""
        names = list(StepIncidence.to_schema().columns)[2:]
        row: dict[str, Any] = dict.fromkeys(names)
        for name in ("records", "converted", "exited", "undated"):
            row[name] = int(self.rows[name].sum())
        if self.counts is None or self.horizon is None:
            return row
        curve = incidence(self.counts)
        at_ages = curve.at(AGES).tolist()
        row |= {
            f"rate_{age}": rate
            for age, rate in zip(AGES, at_ages, strict=True)
            if age <= self.horizon
        }
        row |= {"horizon_days": self.horizon, "final": curve.final}
        if self.counts.converted.sum() >= FEWEST_CONVERSIONS:
            row["days_half"] = time_to_convert(curve, 0.5)
            row["days_most"] = time_to_convert(curve, 0.9)
        return row | self._intervals()

    def _intervals(self) -> dict[str, float | None]:
        assert self.counts is not None
        if np.isnan(self.design_effect):
            return {}
        converted, records = effective_records(self.counts, self.counts.horizon)
        found: dict[str, float | None] = {}
        for level in (80, 95):
            low, high = wilson(
                np.array(converted / self.design_effect),
                np.array(records / self.design_effect),
                level / 100,
            )
            found |= {f"final_low_{level}": float(low), f"final_high_{level}": float(high)}
        return found


def _points(ages: pl.DataFrame) -> list[tuple[int, int, float]]:
    """Age, at risk and rate, wherever the curve rises, and at both ends."""
    if why := untold(ages):
        raise MetricError(why)
    if not ages["records"].sum():
        return []
    counts = age_counts(ages, horizon_days(ages))
    curve = incidence(counts)
    shown = counts.converted > 0
    shown[[0, -1]] = True
    columns_shown = (curve.age[shown], counts.at_risk[shown], curve.converted[shown])
    return list(zip(*(each.tolist() for each in columns_shown), strict=True))
