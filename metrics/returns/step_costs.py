"""Cost per step of the funnel, and how sure it is."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from metrics.estimators.comparing.poisson import poisson_bounds
from metrics.returns.entered import stages_reached
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.returns.spent import period_spend
from metrics.scope import Dimension, Scope, Stage


class StepCost(pa.DataFrameModel):
    """One row per segment with spend in the period and stage, the largest spend first.

    `reached` counts the leads of the period that have reached the stage; `cost` is spend ÷ these,
    null of none. `cost_low` and `cost_high` are its 95% bounds: spend ÷ the bounds of the count.
    Of none only the low bound is known.
    """

    segment: str
    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    spend_amount: Money = pa.Field(gt=0)
    reached: int = pa.Field(ge=0)
    cost: float = pa.Field(gt=0, nullable=True)
    cost_low: float = pa.Field(gt=0)
    cost_high: float = pa.Field(gt=0, nullable=True)

    class Config:
        """Exactly these columns, one row per segment and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "stage"]


def step_costs(
    warehouse: Warehouse, scope: Scope, *, by: Dimension = Dimension.CHANNEL
) -> DataFrame[StepCost]:
    """What did a lead cost, an MQL, an SQL, an opportunity and a win?

    Spend of the period ÷ the period's leads that have reached each stage, by channel, campaign or
    product. Leads of a young period are still on their way, so that later steps are dearer than
    they will have been. The bounds are those of the number that came, taken to be independent:
    leads of one company that convert together vary more. What was spent is known.

    Raises what `channel_returns` does for spend.
    Source: Garwood (1936) for the bounds of a count.
    """
    check_known_by(scope, by)
    check_spend_is_loaded(warehouse, by)
    spend = period_spend(warehouse, scope, by).filter(pl.col("spend_amount") > 0)
    stages = [stage.value for stage in Stage]
    rows = (
        spend.select("segment", "spend_amount")
        .join(stages_reached(warehouse, scope, by), on="segment", how="left")
        .with_columns(pl.col(stages).fill_null(0))
        .sort("spend_amount", "segment", descending=[True, False])
        .unpivot(
            stages,
            index=["segment", "spend_amount"],
            variable_name="stage",
            value_name="reached",
        )
        .sort(
            pl.col("spend_amount"),
            "segment",
            pl.col("stage").cast(pl.Enum(stages)),
            descending=[True, False, False],
        )
    )
    low, high = poisson_bounds(rows["reached"].to_numpy().astype(np.float64))
    amount = pl.col("spend_amount").cast(pl.Float64)
    found = rows.with_columns(
        cost=pl.when(pl.col("reached") > 0).then(amount / pl.col("reached")),
        cost_low=amount / pl.Series(high),
        cost_high=pl.when(pl.col("reached") > 0).then(amount / pl.Series(low)),
    )
    return StepCost.validate(found.select(list(StepCost.to_schema().columns)), lazy=True)
