"""Quotients of a segment's spend, leads and credit, and why one of them is missing."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.rates import ratio
from metrics.returns.revenue import amount
from metrics.scope import Stage

NO_MARGIN = "no gross margin is stated in the definitions"

NO_TOUCH = "no touch of it is on record, so that its credit is not known"


class State(StrEnum):
    """What a segment has of the two that make a return: spend, and leads."""

    BOTH = "spend and leads"
    NO_LEADS = "spend without leads"
    NO_SPEND = "leads without spend"
    NEITHER = "neither spend nor leads"
    UNATTRIBUTED = "no touch"
    """Deals that nobody's touch came before: their money is nobody's credit."""


def with_quotients(rows: pl.DataFrame, margin: float | None) -> pl.DataFrame:
    """Quotients, why one is missing, and what the segment has."""
    spend = pl.col("spend_amount").cast(pl.Float64)
    number = {name: pl.col(name).cast(pl.Float64) for name in _MONEY}
    over_spend = {
        "roi": number["revenue_amount"],
        "roi_low": pl.col("revenue_low"),
        "roi_high": pl.col("revenue_high"),
        "realised_roi": number["realised_amount"],
    }
    stages = {f"cost_per_{stage.value}": ratio(spend, pl.col(stage.value)) for stage in Stage}
    found = rows.with_columns(
        cost_per_mille=ratio(number["shown_amount"] * 1000, pl.col("impressions")),
        cost_per_click=ratio(number["clicked_amount"], pl.col("clicks")),
        click_rate=ratio(pl.col("shown_clicks"), pl.col("impressions")),
        value_per_mql=ratio(number["cohort_amount"], pl.col("mql")),
        acquisition_cost_amount=ratio(spend, pl.col("new_customers")),
        largest_deal_amount=amount(pl.col("largest_deal_worth")),
        state=_state(),
        **stages,
        **{name: ratio(part, spend) for name, part in over_spend.items()},
    )
    stated = pl.lit(margin, pl.Float64)
    return found.with_columns(
        romi=pl.col("roi") * stated - 1,
        romi_low=pl.col("roi_low") * stated - 1,
        romi_high=pl.col("roi_high") * stated - 1,
        romi_missing=pl.when(pl.col("segment") == UNATTRIBUTED)
        .then(pl.lit("no touch came before, so that nobody's spend earned it"))
        .when(pl.col("spend_amount").is_null())
        .then(pl.lit("no spend of it is loaded"))
        .when(pl.col("spend_amount") == 0)
        .then(pl.lit("nothing was spent in the period"))
        .when(~pl.col("is_touched"))
        .then(pl.lit(NO_TOUCH))
        .when(pl.col("revenue_amount").is_null())
        .then(pl.lit("no amount of a won deal is known"))
        .when(pl.lit(margin is None))
        .then(pl.lit(NO_MARGIN)),
    )


_MONEY = ("revenue_amount", "realised_amount", "cohort_amount", "shown_amount", "clicked_amount")


def _state() -> pl.Expr:
    spends = pl.col("spend_amount").fill_null(0) > 0
    leads = pl.col("lead") > 0
    return (
        pl.when(pl.col("segment") == UNATTRIBUTED)
        .then(pl.lit(State.UNATTRIBUTED.value))
        .when(spends & leads)
        .then(pl.lit(State.BOTH.value))
        .when(spends)
        .then(pl.lit(State.NO_LEADS.value))
        .when(leads)
        .then(pl.lit(State.NO_SPEND.value))
        .otherwise(pl.lit(State.NEITHER.value))
    )
