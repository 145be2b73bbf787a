"""A measure of segments month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio
from metrics.scope import Basis, Dimension, Scope, Stage
from metrics.segments.counted import reached
from metrics.segments.measures import Kind, Measure
from metrics.subjects import subject_steps


class SegmentMonth(pa.DataFrameModel):
    """One row per segment and month of the period, in the order of the months.

    Before these columns stand those of the dimensions. `value` is the measure of the month, null of
    a rate without anybody to divide by; `records` is the n behind it. Of a month of which only
    `days_seen` of its days are in the period and observed the value is not of the whole month.
    """

    month_on: pl.Date
    days_seen: int = pa.Field(ge=0)
    days_in_month: int = pa.Field(ge=28, le=31)
    value: float = pa.Field(nullable=True)
    records: int = pa.Field(ge=0)

    class Config:
        """The columns of the dimensions come before these."""

        strict: ClassVar[bool] = False


def segment_months(
    warehouse: Warehouse,
    scope: Scope,
    by: Sequence[Dimension],
    measure: Measure,
    segments: Sequence[Mapping[Dimension, str]],
) -> DataFrame[SegmentMonth]:
    """How did a measure of some segments run, month by month?

    One row per segment and observed month. On the cohort basis a month's counts are of those that
    entered in it, so that months add up to `segment_table`; on the flow basis they are entries into
    the stage in the month. The youngest months of a cohort's rates may still rise.

    Raises MetricError for money: its months are on Channels and ROI.
    """
    if measure.kind not in (Kind.COUNT, Kind.RATE):
        raise MetricError(
            f"{measure.label} is not drawn month by month here: choose a count or a rate, or see"
            " Channels and ROI for spend and revenue by month"
        )
    names = [each.value for each in by]
    stages = measure.stages
    chosen = pl.DataFrame(
        [{each.value: cell[each] for each in by} for cell in segments],
        schema=dict.fromkeys(names, pl.String),
    )
    frame = chosen.join(_months(scope), how="cross")
    on = [*names, "month_on"]
    for found in _counted(warehouse, scope, by, stages):
        frame = frame.join(found, on=on, how="left", maintain_order="left")
    counts = [pl.col(f"reached_{stage.value}").fill_null(0) for stage in stages]
    value = counts[0].cast(pl.Float64) if len(counts) == 1 else ratio(counts[1], counts[0])
    shown = [*names, *SegmentMonth.to_schema().columns]
    rows = frame.with_columns(value=value, records=counts[0]).select(shown)
    return SegmentMonth.validate(rows, lazy=True)


def _months(scope: Scope) -> pl.DataFrame:
    """The months of the period that have begun in the data, and how much of each is seen."""
    seen = scope.seen
    months = seen.months() if seen else []
    first = pl.col("month_on").dt.month_start()
    last = pl.col("month_on").dt.month_end()
    start, end = (seen.start, seen.end) if seen else (None, None)
    days = pl.min_horizontal(last, pl.lit(end)) - pl.max_horizontal(first, pl.lit(start))
    return pl.DataFrame({"month_on": months}, schema={"month_on": pl.Date}).with_columns(
        days_seen=days.dt.total_days() + 1,
        days_in_month=last.dt.day().cast(pl.Int64),
    )


def _counted(
    warehouse: Warehouse, scope: Scope, by: Sequence[Dimension], stages: Sequence[Stage]
) -> list[pl.DataFrame]:
    """Counts by segment and month: one scan for a cohort, for flows one per stage."""
    if scope.basis is Basis.COHORT:
        day = f"{scope.unit.stages[0].value}_on"
        return [warehouse.query(_query(scope, by, stages, day))]
    return [warehouse.query(_query(scope, by, (each,), f"{each.value}_on")) for each in stages]


def _query(scope: Scope, by: Sequence[Dimension], stages: Sequence[Stage], day: str) -> Query:
    listed = ", ".join(each.value for each in by)
    flags = ", ".join(
        f"CASE WHEN {reached(scope, stage)} THEN 1 ELSE 0 END AS reached_{stage.value}"
        for stage in stages
    )
    counts = ", ".join(
        f"CAST(sum(reached_{each.value}) AS BIGINT) AS reached_{each.value}" for each in stages
    )
    return Query(
        *subject_steps(scope, by),
        Step(
            "members",
            f"""
            SELECT {listed}, CAST(date_trunc('month', {day}) AS DATE) AS month_on, {flags}
            FROM subjects
            WHERE {day} BETWEEN period_start AND period_end AND {day} <= observed_until
            """,
        ),
        Step(
            "counted",
            f"SELECT {listed}, month_on, {counts} FROM members GROUP BY {listed}, month_on",
        ),
    )
