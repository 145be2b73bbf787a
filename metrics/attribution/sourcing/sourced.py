"""What marketing sourced, influenced and accelerated, by each definition, side by side."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.sourcing.deals import Definition, deals_of
from metrics.rates import ratio
from metrics.scope import Scope


class Side(StrEnum):
    """Whose a deal is by a definition."""

    MARKETING = "marketing"
    REST = "rest"
    UNKNOWN = "unknown"


class Sourced(pa.DataFrameModel):
    """One row per definition and side, in order: what is marketing's, the rest, what is unknown.

    `opened` counts the deals opened in the period, `won` those won in it; `unpriced_*` of them have
    no recorded amount. Amounts are in the base currency. Shares are of all deals, or amounts, of
    the period, of what is not known as well: null without any, and where of none it is known whose
    it is. The three rows of a definition add up to all deals.
    """

    definition: str = pa.Field(isin=[each.value for each in Definition])
    side: str = pa.Field(isin=[each.value for each in Side])
    opened: int = pa.Field(ge=0)
    opened_share: float = pa.Field(ge=0, le=1, nullable=True)
    opened_amount: Money
    opened_amount_share: float = pa.Field(nullable=True)
    unpriced_opened: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    won_share: float = pa.Field(ge=0, le=1, nullable=True)
    won_amount: Money
    won_amount_share: float = pa.Field(nullable=True)
    unpriced_won: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per definition and side."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["definition", "side"]


def marketing_sourced(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    lookback_days: int | None = None,
) -> DataFrame[Sourced]:
    """How much did marketing source, influence and accelerate, by each definition?

    Of the deals opened, and of those won, in the period, whatever the scope's basis and unit.

    - Sourced, `first_touch`: the first touch of anyone at the account or of the primary lead's
      person was made before the deal was opened, through a channel that is not of sales.
    - Sourced, `lead_source`: the CRM names such a channel as the primary lead's.
    - Sourced, `touched_before`: there is a touch of marketing before the opening, within the
      lookback where one is given; without it, what `headline` counts as sourced.
    - Accelerated: there is a touch of marketing from the opening on, up to the day of closing.
    - Influenced: touched before, or accelerated.

    Raises MetricError for a lookback of less than a day, and MissingRateError where an amount has
    no exchange rate.
    """
    return sourced_of(deals_of(warehouse, scope, definitions.touch.sales_channels, lookback_days))


def sourced_of(deals: pl.DataFrame) -> DataFrame[Sourced]:
    """The sides of each definition, added up over the deals of `deals_of`."""
    won = pl.col("closed") & (pl.col("outcome") == "won")
    parts = [
        deals.with_columns(
            definition=pl.lit(each.value),
            side=pl.when(each.value)
            .then(pl.lit(Side.MARKETING.value))
            .when(pl.col(each.value).is_null())
            .then(pl.lit(Side.UNKNOWN.value))
            .otherwise(pl.lit(Side.REST.value)),
        )
        .group_by("definition", "side")
        .agg(
            opened=pl.col("opened").sum(),
            opened_amount=pl.col("amount").filter("opened").sum(),
            unpriced_opened=(pl.col("opened") & pl.col("amount").is_null()).sum(),
            won=won.sum(),
            won_amount=pl.col("amount").filter(won).sum(),
            unpriced_won=(won & pl.col("amount").is_null()).sum(),
        )
        for each in Definition
    ]
    names = [(each.value, side.value) for each in Definition for side in Side]
    every = pl.DataFrame(names, schema=["definition", "side"], orient="row").with_row_index("order")
    numbers = ("opened", "opened_amount", "won", "won_amount")
    known = pl.col("side") != Side.UNKNOWN.value
    whole = {
        name: pl.when(pl.col(name).filter(known).sum().over("definition") > 0).then(
            pl.col(name).sum().over("definition").cast(pl.Float64)
        )
        for name in numbers
    }
    found = (
        every.join(pl.concat(parts), on=["definition", "side"], how="left")
        .with_columns(pl.col(*numbers, "unpriced_opened", "unpriced_won").fill_null(0))
        .with_columns(
            ratio(pl.col(name).cast(pl.Float64), whole[name]).alias(f"{name}_share")
            for name in numbers
        )
        .sort("order")
        .select(list(columns(Sourced)))
        .cast(pl.Schema(columns(Sourced)))
    )
    return Sourced.validate(found, lazy=True)
