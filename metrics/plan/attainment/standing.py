"""Where the whole stands: one month of a plan, or all of it so far."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

import polars as pl

from data.schema.frames import DataFrame, pa
from metrics.plan.attainment.kept_plan import SPEND
from metrics.plan.attainment.versus_actual import PlanVersusActual
from metrics.plan.backward.table import METRICS
from metrics.plan.past.entry_steps import EVERYTHING


class Standing(pa.DataFrameModel):
    """One row per metric of the whole, in funnel order.

    `due` is what the plan wanted by now: of a month its target times its pace. `attainment` is
    actual ÷ target and `on_pace` actual ÷ due, both null without a divisor. The landing is that of
    the month, and null for all months together, whose quantiles do not add up.
    """

    metric: str = pa.Field(isin=(*METRICS, SPEND))
    target: float = pa.Field(ge=0)
    due: float = pa.Field(ge=0)
    actual: float = pa.Field(ge=0)
    attainment: float = pa.Field(ge=0, nullable=True)
    on_pace: float = pa.Field(ge=0, nullable=True)
    projected: float = pa.Field(ge=0, nullable=True)
    projected_low: float = pa.Field(nullable=True)
    projected_high: float = pa.Field(nullable=True)
    hit_chance: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per metric."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["metric"]


def standing(
    compared: DataFrame[PlanVersusActual], month_on: date | None = None
) -> DataFrame[Standing]:
    """How far is each metric: in one month, or in all months that have begun?"""
    begun = compared.filter(
        pl.col("segment") == EVERYTHING,
        pl.col("actual").is_not_null(),
        pl.lit(True) if month_on is None else pl.col("month_on") == month_on,
    )
    alone = pl.len() == 1
    landing = [
        pl.when(alone).then(pl.col(name).first()).alias(name)
        for name in ("projected", "projected_low", "projected_high", "hit_chance")
    ]
    summed = begun.group_by("metric").agg(
        pl.col("target").sum(),
        (pl.col("target") * pl.col("pace")).sum().alias("due"),
        pl.col("actual").sum(),
        *landing,
    )

    def of(whole: str) -> pl.Expr:
        return pl.when(pl.col(whole) > 0).then(pl.col("actual") / pl.col(whole))

    rated = summed.with_columns(attainment=of("target"), on_pace=of("due"))
    names = list(Standing.to_schema().columns)
    order = pl.Enum((*METRICS, SPEND))
    found = rated.select(names).sort(pl.col("metric").cast(order))
    return Standing.validate(found, lazy=True)
