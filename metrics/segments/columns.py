"""Counts, ratios of flows, and money of segments: value, n behind it, and why one is missing."""

from __future__ import annotations

import polars as pl

from metrics.rates import ratio, ratio_interval
from metrics.segments.measures import Kind, Measure

UNTESTED_FLOW = (
    "on the flow basis a ratio divides different records, so nothing is tested: choose the cohort"
)


def counts(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """How many reached the stage."""
    (stage,) = measure.stages
    reached = pl.col(f"reached_{stage.value}")
    return rows.with_columns(value=reached, records=reached)


def flow_rates(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """Entries into one stage ÷ those into another, with the interval of a ratio of counts."""
    reached, converted = (pl.col(f"reached_{stage.value}") for stage in measure.way)
    low, high = ratio_interval(converted, reached)
    others, others_reached = (each.sum() - each for each in (converted, reached))
    return rows.with_columns(
        value=ratio(converted, reached),
        records=reached,
        low=low,
        high=high,
        others=ratio(others, others_reached),
        others_records=others_reached,
        reason=pl.lit(UNTESTED_FLOW),
    )


def amounts(rows: pl.DataFrame, measure: Measure, margin: float | None) -> pl.DataFrame:
    """Money, and quotients of it."""
    if measure.kind is Kind.DEALS:
        return _of_deals(rows, measure)
    spend = pl.col("spend_amount").cast(pl.Float64)
    if measure.kind is Kind.SPEND:
        return rows.with_columns(value=spend, reason="no_spend")
    nothing_spent = pl.when(spend == 0).then(pl.lit("nothing was spent in the period"))
    if measure.kind is Kind.RETURN:
        won = _known_sum("won_deals", "priced_won", "won_amount")
        unpriced = pl.when(won.is_null()).then(pl.lit("no amount of a won deal is known"))
        unstated = pl.lit(
            None if margin is not None else "no gross margin is stated in the definitions"
        )
        reason = pl.coalesce("no_spend", nothing_spent, "no_deals", unpriced, unstated)
        return rows.with_columns(
            value=ratio(won * pl.lit(margin, pl.Float64), spend) - 1,
            records="won_deals",
            reason=reason,
        )
    (stage,) = measure.stages
    reached = pl.col(f"reached_{stage.value}")
    nobody = pl.when(reached == 0).then(pl.lit(f"nobody reached {stage.word}"))
    return rows.with_columns(
        value=ratio(spend, reached), records=reached, reason=pl.coalesce("no_spend", nobody)
    )


def _of_deals(rows: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    unknown = pl.lit("no amount of its deals is known")
    if measure is Measure.PIPELINE_AMOUNT:
        value = _known_sum("opened_deals", "priced_opened", "pipeline_amount")
        records = pl.col("opened_deals")
    elif measure is Measure.WON_AMOUNT:
        value = _known_sum("won_deals", "priced_won", "won_amount")
        records = pl.col("won_deals")
    else:
        records = pl.col("priced_won")
        value = ratio(pl.col("won_amount").cast(pl.Float64), records)
        unknown = pl.lit("no won deal with an amount")
    missing = pl.when(value.is_null()).then(unknown)
    return rows.with_columns(value=value, records=records, reason=pl.coalesce("no_deals", missing))


def _known_sum(deals: str, priced: str, total: str) -> pl.Expr:
    """The sum; null where there are deals and no amount of one is known."""
    known = (pl.col(deals) == 0) | (pl.col(priced) > 0)
    return pl.when(known & pl.col("no_deals").is_null()).then(pl.col(total).cast(pl.Float64))
