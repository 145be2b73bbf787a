"""The funnel month by month: how many reach each stage, and at which rate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.period import days_in_month
from metrics.rates import ratio, ratio_interval, wilson
from metrics.scope import Basis, Scope, Stage
from metrics.subjects import subject_steps


class StageTrend(pa.DataFrameModel):
    """One row per month and stage, in order of time and funnel.

    `days_seen` of the `days_in_month` are in the period and in the data: the month's counts are of
    these. `reached` counts the subjects of that month. `rate_first` is `reached` ÷ `entered`, the
    month's entries to the funnel, with its 95% interval: on the cohort basis of a share, on the
    flow basis of a ratio of two counts, which may exceed 1. `matured_share` is the part of the
    month's entries that has had the usual time to reach the stage.
    """

    month_on: pl.Date
    days_seen: int = pa.Field(ge=1, le=31)
    days_in_month: int = pa.Field(ge=28, le=31)
    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    reached: int = pa.Field(ge=0)
    entered: int = pa.Field(ge=0)
    rate_first: float = pa.Field(ge=0, nullable=True)
    rate_first_low: float = pa.Field(ge=0, nullable=True)
    rate_first_high: float = pa.Field(ge=0, nullable=True)
    matured_share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def stage_trend(warehouse: Warehouse, scope: Scope) -> DataFrame[StageTrend]:
    """How many leads, accounts or deals reach each stage, month by month?

    One row per month of the period that has begun in the data and stage; months without any lead
    are there with zeros, months after `observed_until` are not: what has not happened is unknown,
    not zero. On the cohort basis a month's row says what became of the leads that entered in it; on
    the flow basis how many reached the stage in it. Months are cut in the reporting time zone; the
    first and the last are partial when the period or the data starts or ends within them.
    """
    steps = _cohort_steps(scope) if scope.basis is Basis.COHORT else _flow_steps(scope)
    counted = warehouse.query(Query(*subject_steps(scope), *steps))
    months = _months(scope)
    names = [stage.value for stage in scope.unit.stages]
    stages = pl.DataFrame({"rank": range(len(names)), "stage": names})
    rows = (
        months.join(stages, how="cross")
        .join(counted, on=["month_on", "stage"], how="left")
        .with_columns(pl.col("reached", "entered", "matured").fill_null(0))
        .with_columns(entered=pl.col("entered").max().over("month_on"))
    )
    is_later = pl.col("rank") > 0
    is_share = is_later & pl.lit(scope.basis is Basis.COHORT)
    interval = wilson if scope.basis is Basis.COHORT else ratio_interval
    low, high = interval(pl.col("reached"), pl.col("entered"))
    rows = rows.with_columns(
        rate_first=ratio(pl.col("reached"), pl.col("entered")),
        rate_first_low=pl.when(is_later).then(low),
        rate_first_high=pl.when(is_later).then(high),
        matured_share=pl.when(is_share).then(ratio(pl.col("matured"), pl.col("entered"))),
    )
    columns = list(StageTrend.to_schema().columns)
    return StageTrend.validate(rows.sort("month_on", "rank").select(columns), lazy=True)


def _months(scope: Scope) -> pl.DataFrame:
    """One row per month with a day that is in the period and in the data."""
    seen = scope.seen
    rows = (
        [(month, seen.days_of(month), days_in_month(month)) for month in seen.months()]
        if (seen)
        else []
    )
    schema = {"month_on": pl.Date, "days_seen": pl.Int64, "days_in_month": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _cohort_steps(scope: Scope) -> tuple[Step, ...]:
    reached, matured = [], []
    usual = 0
    stages = scope.unit.stages
    first = f"{stages[0].value}_on"
    for stage in stages:
        if stage is not stages[0]:
            usual += getattr(scope.windows, stage.value)
        within = (
            f"{stage.value}_by_on <= observed_until AND (window_days IS NULL"
            f" OR date_diff('day', {first}, {stage.value}_by_on) <= window_days)"
        )
        days = scope.window_days or usual
        reached.append(f"count(CASE WHEN {within} THEN 1 END) AS reached_{stage.value}")
        matured.append(
            f"count(CASE WHEN date_diff('day', {first}, observed_until) >= {days} THEN 1 END)"
            f" AS matured_{stage.value}"
        )
    return (
        Step(
            "monthly",
            f"""
            SELECT CAST(date_trunc('month', {first}) AS DATE) AS month_on, count(*) AS entered,
                {", ".join(reached)}, {", ".join(matured)}
            FROM subjects
            WHERE {first} BETWEEN period_start AND period_end AND {first} <= observed_until
            GROUP BY CAST(date_trunc('month', {first}) AS DATE)
            """,
        ),
        _stage_names(stages),
        Step(
            "trend",
            f"""
            SELECT month_on, stage, {_pick(stages, "reached")} AS reached, entered,
                {_pick(stages, "matured")} AS matured
            FROM monthly
            CROSS JOIN stage_names
            """,
        ),
    )


def _flow_steps(scope: Scope) -> tuple[Step, ...]:
    stages = scope.unit.stages
    day = _pick(stages, "on", before=True)
    return (
        _stage_names(stages),
        Step(
            "entries",
            f"""
            SELECT stage, {day} AS entered_on, period_start, period_end, observed_until
            FROM subjects
            CROSS JOIN stage_names
            """,
        ),
        Step(
            "trend",
            f"""
            SELECT CAST(date_trunc('month', entered_on) AS DATE) AS month_on, stage,
                count(*) AS reached,
                count(CASE WHEN stage = '{stages[0].value}' THEN 1 END) AS entered,
                CAST(0 AS BIGINT) AS matured
            FROM entries
            WHERE entered_on BETWEEN period_start AND period_end AND entered_on <= observed_until
            GROUP BY CAST(date_trunc('month', entered_on) AS DATE), stage
            """,
        ),
    )


def _stage_names(stages: Sequence[Stage]) -> Step:
    names = " UNION ALL ".join(f"SELECT '{stage.value}' AS stage" for stage in stages)
    return Step("stage_names", names)


def _pick(stages: Sequence[Stage], name: str, *, before: bool = False) -> str:
    """The stage's own column out of the row's: `lead_on` or `reached_lead`."""
    cases = " ".join(
        f"WHEN '{stage.value}' THEN "
        + (f"{stage.value}_{name}" if before else f"{name}_{stage.value}")
        for stage in stages
    )
    return f"CASE stage {cases} END"
