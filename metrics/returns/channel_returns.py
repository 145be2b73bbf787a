"""Channels and return: what was spent, how far its leads came, and what it earned."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.returns.earned import LINEAR, earned, realised, touched_segments
from metrics.returns.entered import cohort_money, new_customers, stages_reached
from metrics.returns.known_by import check_known_by, check_spend_is_loaded
from metrics.returns.quotients import State, with_quotients
from metrics.returns.revenue import (
    MONEY,
    amount,
    bounds,
    is_touched,
    largest_deals,
    payback,
    sums,
)
from metrics.returns.spent import period_spend
from metrics.scope import Dimension, Scope, Stage


class ChannelReturn(pa.DataFrameModel):
    """One row per segment: the largest spend first, then the largest revenue; no touch last.

    Money is in the base currency. `spend_amount` is the period's, 0 where spend of the segment is
    loaded and none of it is in the period, null where none is loaded at all. `cost_per_mille` is
    spend ÷ impressions × 1,000 and `cost_per_click` spend ÷ clicks, each of the days on which both
    are recorded; `click_rate` is clicks ÷ impressions.

    `lead` to `won` are a cohort: the leads that entered in the period, and how many of them have
    reached each later stage; the costs per step are spend ÷ these. `cohort_amount` is what deals of
    these leads were won for, `value_per_mql` that ÷ `mql`. `new_customers` are accounts won for the
    first time in the period, `acquisition_cost_amount` is spend ÷ these.

    `pipeline_amount` is the credit for deals opened in the period, `revenue_amount` that for deals
    won in it; all rows' revenue adds up to the headline's. `won_deals` had a touch of the segment,
    `unpriced_deals` of them have no recorded amount. `revenue_low` and `revenue_high` are 90%
    bounds. `realised_amount` is what the touches of the period have earned so far, whenever the
    deal was won; null in the row without a touch. Amounts are null where no deal is loaded and
    where no deal of the segment has an amount, and credit is where no touch of the segment is on
    record at all: it is unknown then, and not 0.

    `roi` is revenue ÷ spend, `realised_roi` realised ÷ spend, `romi` is (revenue × margin − spend)
    ÷ spend; all null without spend, and `romi_missing` says why `romi` is. `payback_months` (of 30
    days) is how long the touches of the period took to earn the spend at the margin; null where
    they have not yet. `largest_deal_share` is the part of the segment's revenue that its largest
    deal makes; over 30% the deal is named, with its whole amount.
    """

    segment: str
    state: str = pa.Field(isin=[each.value for each in State])
    spend_amount: Money = pa.Field(nullable=True)
    impressions: int = pa.Field(ge=0, nullable=True)
    clicks: int = pa.Field(ge=0, nullable=True)
    cost_per_mille: float = pa.Field(nullable=True)
    cost_per_click: float = pa.Field(nullable=True)
    click_rate: float = pa.Field(ge=0, nullable=True)
    lead: int = pa.Field(ge=0)
    mql: int = pa.Field(ge=0)
    sql: int = pa.Field(ge=0)
    opportunity: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    cost_per_lead: float = pa.Field(nullable=True)
    cost_per_mql: float = pa.Field(nullable=True)
    cost_per_sql: float = pa.Field(nullable=True)
    cost_per_opportunity: float = pa.Field(nullable=True)
    cost_per_won: float = pa.Field(nullable=True)
    cohort_amount: Money = pa.Field(nullable=True)
    value_per_mql: float = pa.Field(nullable=True)
    new_customers: int = pa.Field(ge=0)
    acquisition_cost_amount: float = pa.Field(nullable=True)
    pipeline_amount: Money = pa.Field(nullable=True)
    won_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    revenue_amount: Money = pa.Field(nullable=True)
    revenue_low: float = pa.Field(nullable=True)
    revenue_high: float = pa.Field(nullable=True)
    realised_amount: Money = pa.Field(nullable=True)
    roi: float = pa.Field(nullable=True)
    roi_low: float = pa.Field(nullable=True)
    roi_high: float = pa.Field(nullable=True)
    realised_roi: float = pa.Field(ge=0, nullable=True)
    romi: float = pa.Field(ge=-1, nullable=True)
    romi_low: float = pa.Field(ge=-1, nullable=True)
    romi_high: float = pa.Field(ge=-1, nullable=True)
    romi_missing: str = pa.Field(nullable=True)
    payback_months: int = pa.Field(ge=1, nullable=True)
    largest_deal_share: float = pa.Field(nullable=True)
    largest_deal_id: str = pa.Field(nullable=True)
    largest_deal_amount: Money = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def channel_returns(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    *,
    by: Dimension = Dimension.CHANNEL,
    model: str = LINEAR,
) -> DataFrame[ChannelReturn]:
    """What did each channel cost, and what did it bring in?

    One row per segment that has spend, leads, new customers or credit. By channel, campaign,
    product, tool or region: what spend is recorded by. Leads are of their own segment, credit is of
    the touches' by the model; by product, tool and region both are of the lead's or deal's own.
    Spend is of the region that its campaign names, `OF_NO_REGION` where it names none. Unit and
    basis of the scope make no difference. A filter on channel or campaign keeps the row's own
    number: its spend, its leads, the credit of its touches.

    Credit is not causation, and the spend of a period does not only bring in deals of that period.
    Bounds are those of the revenue, by groups of accounts drawn again and amounts smoothed on the
    log scale; spend is what was paid.

    Raises MetricError where no spend is loaded, for a dimension or filter that spend is not
    recorded by, and for a model that there is not or that cannot answer; MissingRateError where an
    amount has no exchange rate.
    """
    check_known_by(scope, by)
    check_spend_is_loaded(warehouse, by)
    spend = period_spend(warehouse, scope, by)
    terms = definitions.attribution
    won = earned(warehouse, scope, by, model, terms)
    opened = earned(warehouse, scope, by, model, terms, Stage.OPPORTUNITY)
    so_far = realised(warehouse, scope, by, model, terms, won)
    parts = (
        spend,
        stages_reached(warehouse, scope, by),
        _cohort(cohort_money(warehouse, scope, by)),
        new_customers(warehouse, scope, by),
        _credit(won.rows, "revenue").rename(
            {"revenue_deals": "won_deals", "revenue_unpriced": "unpriced_deals"}
        ),
        _credit(opened.rows, "pipeline"),
        _credit(so_far.rows, "realised"),
        bounds(won.rows),
        largest_deals(won.rows),
        payback(so_far.rows, spend, definitions.gross_margin),
    )
    segments = pl.concat([part.select("segment") for part in parts]).unique()
    for part in parts:
        segments = segments.join(part, on="segment", how="left")
    on_record = touched_segments(warehouse, scope, by)
    segments = segments.with_columns(is_touched=is_touched(on_record))
    any_deals = warehouse.query(Query(_DEALS)).item() > 0
    rows = with_quotients(_filled(segments, any_deals=any_deals), definitions.gross_margin)
    ordered = rows.sort(
        pl.col("segment") == UNATTRIBUTED,
        pl.col("spend_amount").fill_null(0),
        pl.col("revenue_amount").fill_null(0),
        "segment",
        descending=[False, True, True, False],
    )
    return ChannelReturn.validate(
        ordered.select(list(ChannelReturn.to_schema().columns)), lazy=True
    )


_DEALS = Step("deals", "SELECT count(*) AS deals FROM deal")


def _cohort(months: pl.DataFrame) -> pl.DataFrame:
    """What the period's leads brought; null where they have won deals, and none has an amount."""
    return (
        months.group_by("segment")
        .agg(pl.col("cohort_amount", "priced", "unpriced").sum())
        .select(
            "segment",
            pl.when((pl.col("priced") > 0) | (pl.col("unpriced") == 0))
            .then(pl.col("cohort_amount").cast(MONEY))
            .alias("cohort_amount"),
        )
    )


def _credit(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """Credit by segment, with the number of deals and of those without an amount."""
    return sums(rows, "segment").select(
        "segment",
        amount(pl.col("units")).alias(f"{name}_amount"),
        pl.col("deals").alias(f"{name}_deals"),
        pl.col("unpriced").alias(f"{name}_unpriced"),
    )


def _filled(rows: pl.DataFrame, *, any_deals: bool) -> pl.DataFrame:
    """None of what is loaded is 0; nothing loaded, or nothing recorded, stays null."""
    counts = [*(stage.value for stage in Stage), "new_customers", "won_deals", "unpriced_deals"]
    is_known = pl.col("is_touched") & any_deals
    earns_by_touch = is_known & (pl.col("segment") != UNATTRIBUTED)
    return rows.with_columns(
        pl.col(counts).fill_null(0).cast(pl.Int64),
        revenue_amount=_or_nothing("revenue_amount", "won_deals", is_known),
        pipeline_amount=_or_nothing("pipeline_amount", "pipeline_deals", is_known),
        realised_amount=_or_nothing("realised_amount", "realised_deals", earns_by_touch),
        cohort_amount=pl.when(any_deals).then(
            _or_nothing("cohort_amount", "lead", pl.lit(value=True))
        ),
    )


def _or_nothing(money: str, count: str, is_known: pl.Expr) -> pl.Expr:
    """0 where it is known that nobody counts, else the money as it is."""
    nobody = pl.col(count).fill_null(0) == 0
    return pl.when(nobody & is_known).then(pl.lit(0).cast(MONEY)).otherwise(money)
