"""Conversion: how many leads, accounts or deals reach each stage, and at which rates."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio, ratio_interval, wilson
from metrics.scope import Basis, Dimension, Scope, Stage
from metrics.subjects import subject_steps


class StageConversion(pa.DataFrameModel):
    """One row per stage that the unit goes through, in funnel order.

    `reached` counts the subjects: on the cohort basis those that entered the funnel in the period
    and reached the stage, on the flow basis those that reached it in the period. Two rates are of
    these counts: `rate_cohort` is `reached` ÷ the `reached` of the stage before, null on the flow
    basis, and `rate_first` is `reached` ÷ the first stage's. `rate_previous` is
    `previous_converted` ÷ `previous_reached`: on the cohort basis another cohort, of those that
    reached the stage before in the period, the ones that went on. Low and high are 95% intervals:
    of a share of a cohort Wilson's, of a ratio of flows the one of `ratio_interval`, which may
    exceed 1. `matured_share` is the part of the step's own cohort that has had the usual time to
    convert, `matured_share_first` the same of those that entered the funnel, from the first stage.
    Rates are null without a denominator. `undated` counts those that are known to have reached the
    stage on a day that nobody recorded: on the cohort basis they are among `reached` and in no
    later step's own cohort, on the flow basis they are in no period and not among `reached`.
    """

    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    reached: int = pa.Field(ge=0)
    previous_reached: int = pa.Field(ge=0, nullable=True)
    previous_converted: int = pa.Field(ge=0, nullable=True)
    rate_cohort: float = pa.Field(ge=0, le=1, nullable=True)
    rate_cohort_low: float = pa.Field(ge=0, le=1, nullable=True)
    rate_cohort_high: float = pa.Field(ge=0, le=1, nullable=True)
    rate_previous: float = pa.Field(ge=0, nullable=True)
    rate_previous_low: float = pa.Field(ge=0, nullable=True)
    rate_previous_high: float = pa.Field(ge=0, nullable=True)
    rate_first: float = pa.Field(ge=0, nullable=True)
    rate_first_low: float = pa.Field(ge=0, nullable=True)
    rate_first_high: float = pa.Field(ge=0, nullable=True)
    matured_share: float = pa.Field(ge=0, le=1, nullable=True)
    matured_share_first: float = pa.Field(ge=0, le=1, nullable=True)
    undated: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class StageConversionBy(StageConversion):
    """One row per segment and stage: the dimension's column, then those of StageConversion."""

    class Config(StageConversion.Config):
        """The column of the dimension is added, and is called like it."""

        strict: ClassVar[bool] = False


def stage_conversion(warehouse: Warehouse, scope: Scope) -> DataFrame[StageConversion]:
    """What share of leads reaches each stage, from the stage before and from the first?

    One row per stage. The basis, unit, counting and window are the scope's. On the cohort basis a
    step's denominator is everyone who reached the stage before in the period, whenever they entered
    the funnel; `rate_cohort` follows only those that entered in it. On the flow basis a rate is a
    ratio of two counts of events and may exceed 1. A recycled lead is one lead, at the earliest
    time it reached a stage. An account's dates are the earliest over its leads; leads without an
    account are not counted as accounts. A deal enters the funnel as an opportunity, so that it has
    two rows, and needs no lead. A filter keeps the accounts whose earliest lead passes it, so that
    it counts what `stage_conversion_by` shows for that segment.

    Raises MetricError when the scope filters on a dimension that leads do not carry.
    Source: the cohort conversion rate with the score interval of Wilson (1927), for flows
    transformed to one of a ratio.
    """
    counted = warehouse.query(Query(*subject_steps(scope), _counted(scope, by=None)))
    return StageConversion.validate(_rated(counted, scope, by=None), lazy=True)


def stage_conversion_by(
    warehouse: Warehouse, scope: Scope, by: Dimension
) -> DataFrame[StageConversionBy]:
    """How does the conversion of stages differ between segments?

    One row per segment and stage: the dimension's column, then those of `stage_conversion`. The
    largest segment comes first; a segment's rows are in funnel order. Leads of all segments add up
    to the whole; an account belongs to the segment of its earliest lead.
    """
    counted = warehouse.query(Query(*subject_steps(scope, by), _counted(scope, by)))
    return StageConversionBy.validate(_rated(counted, scope, by), lazy=True)


def _counted(scope: Scope, by: Dimension | None) -> Step:
    """One row per segment with every count that the rates need, in one pass over the subjects."""
    counts: list[str] = []
    for stage in scope.unit.stages:
        counts.extend(
            f"count(CASE WHEN {condition} THEN 1 END) AS {name}_{stage.value}"
            for name, condition in _conditions(scope, stage).items()
        )
    listing = ",\n    ".join(counts)
    segment, group = (f"{by.value},\n    ", f"\nGROUP BY {by.value}") if by else ("", "")
    return Step("counted", f"SELECT {segment}{listing}\nFROM subjects{group}")


def _conditions(scope: Scope, stage: Stage) -> dict[str, str]:
    """Which subjects each count of a stage takes."""
    stages = scope.unit.stages
    index = stages.index(stage)
    here = f"{stage.value}_on"
    if scope.basis is Basis.FLOW:
        return {
            "reached": f"{_in_period(here)} AND {here} <= observed_until",
            "undated": f"{here} IS NULL AND {stage.value}_by_on <= observed_until",
        }
    first = f"{stages[0].value}_on"
    if here == first:
        return {"reached": _in_period(here), "undated": "FALSE"}
    before = f"{stages[index - 1].value}_on"
    by = f"{stage.value}_by_on"
    reached = f"{_in_period(first)} AND {_converted(first, by)}"
    usual = [getattr(scope.windows, each.value) for each in stages[1 : index + 1]]
    return {
        "reached": reached,
        "undated": f"{reached} AND {here} IS NULL",
        "previous_reached": _in_period(before),
        "previous_converted": f"{_in_period(before)} AND {_converted(before, by)}",
        "previous_matured": f"{_in_period(before)} AND {_matured(scope, before, usual[-1])}",
        "first_matured": f"{_in_period(first)} AND {_matured(scope, first, sum(usual))}",
    }


def _in_period(column: str) -> str:
    return f"{column} BETWEEN period_start AND period_end AND {column} <= observed_until"


def _converted(start: str, end: str) -> str:
    return (
        f"{end} <= observed_until"
        f" AND (window_days IS NULL OR date_diff('day', {start}, {end}) <= window_days)"
    )


def _matured(scope: Scope, start: str, usual_days: int) -> str:
    days = scope.window_days or usual_days
    return f"date_diff('day', {start}, observed_until) >= {days}"


def _rated(counted: pl.DataFrame, scope: Scope, by: Dimension | None) -> pl.DataFrame:
    """One row per segment and stage, with rates, intervals and matured shares."""
    segment = [by.value] if by else []
    parts = []
    stages = scope.unit.stages
    for index, stage in enumerate(stages):
        first = index == 0
        before = stages[index - 1]
        nothing = pl.lit(None, pl.Int64)
        before_reached = nothing
        if scope.basis is Basis.COHORT and not first:
            before_reached = pl.col(f"reached_{before.value}")
        if first:
            previous_reached = previous_converted = matured = first_matured = nothing
        elif scope.basis is Basis.FLOW:
            previous_reached = pl.col(f"reached_{before.value}")
            previous_converted = pl.col(f"reached_{stage.value}")
            matured = first_matured = nothing
        else:
            previous_reached = pl.col(f"previous_reached_{stage.value}")
            previous_converted = pl.col(f"previous_converted_{stage.value}")
            matured = pl.col(f"previous_matured_{stage.value}")
            first_matured = pl.col(f"first_matured_{stage.value}")
        parts.append(
            counted.select(
                *segment,
                pl.lit(index).alias("rank"),
                pl.lit(stage.value).alias("stage"),
                pl.col(f"reached_{stage.value}").alias("reached"),
                pl.col(f"undated_{stage.value}").alias("undated"),
                before_reached.alias("before_reached"),
                previous_reached.alias("previous_reached"),
                previous_converted.alias("previous_converted"),
                pl.col(f"reached_{stages[0].value}").alias("first_reached"),
                matured.alias("matured"),
                first_matured.alias("first_matured"),
            )
        )
    rows = pl.concat(parts).with_columns(
        rate_cohort=ratio(pl.col("reached"), pl.col("before_reached")),
        rate_previous=ratio(pl.col("previous_converted"), pl.col("previous_reached")),
        rate_first=ratio(pl.col("reached"), pl.col("first_reached")),
        matured_share=ratio(pl.col("matured"), pl.col("previous_reached")),
        matured_share_first=ratio(pl.col("first_matured"), pl.col("first_reached")),
    )
    interval = wilson if scope.basis is Basis.COHORT else ratio_interval
    cohort_low, cohort_high = wilson(pl.col("reached"), pl.col("before_reached"))
    low, high = interval(pl.col("previous_converted"), pl.col("previous_reached"))
    first_low, first_high = interval(pl.col("reached"), pl.col("first_reached"))
    is_later = pl.col("rank") > 0
    rows = rows.with_columns(
        rate_cohort_low=cohort_low,
        rate_cohort_high=cohort_high,
        rate_previous_low=low,
        rate_previous_high=high,
        rate_first_low=pl.when(is_later).then(first_low),
        rate_first_high=pl.when(is_later).then(first_high),
    )
    order = ["first_reached", *segment, "rank"] if by else ["rank"]
    descending = [True, False, False] if by else [False]
    names = list(StageConversion.to_schema().columns)
    return rows.sort(order, descending=descending).select(*segment, *names)
