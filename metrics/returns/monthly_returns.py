"""Return by month: what was spent and won, and what the month's touches have earned so far."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.period import days_in_month
from metrics.rates import ratio
from metrics.returns.earned import LINEAR, earned, realised, touched_segments
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.returns.revenue import (
    MONEY,
    amount,
    is_touched,
    sums,
)
from metrics.returns.spent import spent
from metrics.scope import Dimension, Scope


class MonthlyReturn(pa.DataFrameModel):
    """One row per month of the period and segment with spend or credit, months in order.

    `spend_amount` is as in `channel_returns`. `revenue_amount` is the credit for deals won in the
    month, `realised_amount` that of the month's touches for deals won until the last day observed;
    null for `Unattributed`, which has no touch; both are null where no touch of the segment is on
    record at all. `realised_roi` is realised ÷ spend, `realised_romi`
    (realised × margin − spend) ÷ spend, null without spend or margin. A month is mature when its
    last day was `lookback_days` before the last day observed: then its touches have earned nearly
    all that they will; null, like `lookback_days`, where no deal has a touch. A month that the
    period cuts counts its days within.
    """

    month_on: pl.Date
    segment: str
    spend_amount: Money = pa.Field(nullable=True)
    revenue_amount: Money = pa.Field(nullable=True)
    realised_amount: Money = pa.Field(nullable=True)
    realised_roi: float = pa.Field(ge=0, nullable=True)
    realised_romi: float = pa.Field(ge=-1, nullable=True)
    is_mature: bool = pa.Field(nullable=True)
    lookback_days: int = pa.Field(ge=1, nullable=True)

    class Config:
        """Exactly these columns, one row per month and segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on", "segment"]


def monthly_returns(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    *,
    by: Dimension = Dimension.CHANNEL,
    model: str = LINEAR,
) -> DataFrame[MonthlyReturn]:
    """What did each month's spend earn, by the month of the touch?

    Credit of a touch falls into the month of the touch, beside the spend of that month: money of a
    deal that is won in autumn stands where it was earned in spring. All months add up to
    `channel_returns`: spend, revenue and realised. Recent months have not earned all yet. Unit and
    basis of the scope make no difference.

    Raises what `channel_returns` does.
    """
    check_known_by(scope, by)
    check_spend_is_loaded(warehouse, by)
    won = earned(warehouse, scope, by, model, definitions.attribution)
    found = realised(warehouse, scope, by, model, definitions.attribution, won)
    spend = spent(warehouse, scope, by)
    keys = ["month_on", "segment"]
    parts = (
        spend.filter(pl.col("spend_amount").is_not_null()).select(*keys, "spend_amount"),
        _by_month(won.rows, "converted_on", "revenue"),
        _by_month(found.rows, "touched_on", "realised"),
    )
    rows = pl.concat([part.select(keys) for part in parts]).unique()
    for part in parts:
        rows = rows.join(part, on=keys, how="left")
    known = spend.select("segment").unique()["segment"]
    nothing = pl.lit(0).cast(MONEY)
    touched = is_touched(touched_segments(warehouse, scope, by))
    rows = rows.with_columns(
        spend_amount=pl.when(pl.col("segment").is_in(known.implode()))
        .then(pl.col("spend_amount").fill_null(0))
        .cast(MONEY),
        revenue_amount=pl.when(~touched)
        .then(None)
        .when(pl.col("revenue_deals").is_null())
        .then(nothing)
        .otherwise("revenue_amount"),
        realised_amount=pl.when((pl.col("segment") == UNATTRIBUTED) | ~touched)
        .then(None)
        .when(pl.col("realised_deals").is_null())
        .then(nothing)
        .otherwise("realised_amount"),
    )
    spends = pl.col("spend_amount").cast(pl.Float64)
    margin = pl.lit(definitions.gross_margin, pl.Float64)
    mature = {
        month: (scope.observed_until - _last_day(month)).days >= found.lookback_days
        for month in rows["month_on"].unique()
        if found.lookback_days is not None
    }
    rows = rows.with_columns(
        realised_roi=ratio(pl.col("realised_amount").cast(pl.Float64), spends),
        is_mature=pl.col("month_on").replace_strict(mature, default=None, return_dtype=pl.Boolean),
        lookback_days=pl.lit(found.lookback_days, pl.Int64),
    ).with_columns(realised_romi=pl.col("realised_roi") * margin - 1)
    ordered = rows.sort(
        "month_on",
        pl.col("segment") == UNATTRIBUTED,
        pl.col("spend_amount").fill_null(0),
        "segment",
        descending=[False, False, True, False],
    )
    names = list(MonthlyReturn.to_schema().columns)
    return MonthlyReturn.validate(ordered.select(names), lazy=True)


def _by_month(rows: pl.DataFrame, day: str, name: str) -> pl.DataFrame:
    months = rows.with_columns(month_on=pl.col(day).dt.truncate("1mo"))
    return sums(months, "month_on", "segment").select(
        "month_on",
        "segment",
        amount(pl.col("units")).alias(f"{name}_amount"),
        pl.col("deals").alias(f"{name}_deals"),
    )


def _last_day(month: date) -> date:
    return month + timedelta(days=days_in_month(month) - 1)
