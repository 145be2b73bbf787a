"""Revenue that segments earned: its amount, its bounds, and the deal that makes most of it."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.chains import group_numbers
from metrics.attribution.journeys import GROUPS
from metrics.estimators.credit.bands import HIGH, LOW, group_weights
from metrics.estimators.credit.revenue import revenue_draws
from metrics.estimators.deal_sizes import DealSizes

MONEY = pl.Decimal(18, 2)

CENTS = 100

LARGE_SHARE = 0.3
"""A deal that makes more of a segment's revenue is named."""

MONTH_DAYS = 30

_SEED = 1


def amount(units: pl.Expr) -> pl.Expr:
    """Whole cents as money."""
    return (units.cast(MONEY) / CENTS).cast(MONEY)


def is_touched(on_record: pl.DataFrame | None) -> pl.Expr:
    """Whether the credit of a segment is known: a touch of it is on record, or none came before."""
    if on_record is None:
        return pl.lit(value=True)
    return pl.col("segment").is_in([*on_record["segment"], UNATTRIBUTED])


def sums(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Credit by segment, or whatever it is grouped by.

    `units` is null where no deal of the group has a recorded amount, else unrecorded ones count
    nothing and are counted in `unpriced`.
    """
    return (
        rows.group_by(*by)
        .agg(
            pl.col("units").sum(),
            deals=pl.col("subject_id").n_unique(),
            unpriced=pl.col("subject_id").filter(pl.col("worth").is_null()).n_unique(),
        )
        .with_columns(
            pl.when(pl.col("unpriced") < pl.col("deals")).then("units").alias("units"),
            pl.col("deals", "unpriced").cast(pl.Int64),
        )
    )


def bounds(rows: pl.DataFrame) -> pl.DataFrame:
    """The 90% bounds of each segment's revenue: `segment`, `revenue_low`, `revenue_high`.

    Groups of accounts are drawn again with all their deals, and amounts are smoothed on the log
    scale as wide as the deals of all segments ask for. Without a deal of known amount a segment has
    none.
    """
    priced = rows.filter(pl.col("worth").is_not_null())
    names: list[str] = sorted(priced["segment"].unique())
    schema = {"segment": pl.String, "revenue_low": pl.Float64, "revenue_high": pl.Float64}
    if not names:
        return pl.DataFrame(schema=schema)
    deals = priced.group_by("subject_id").agg(pl.col("worth", "grouped").first()).sort("subject_id")
    credit = sparse.csr_array(
        (
            priced["units"].to_numpy() / CENTS,
            (_places(priced["subject_id"], deals["subject_id"]), _places(priced["segment"], names)),
        ),
        shape=(len(deals), len(names)),
    )
    rng = np.random.default_rng(_SEED)
    drawn = revenue_draws(
        credit,
        group_numbers(deals),
        group_weights(GROUPS, rng),
        DealSizes.of(deals["worth"].to_numpy() / CENTS).bandwidth,
        rng,
    )
    low, high = np.quantile(drawn, [LOW, HIGH], axis=0)
    return pl.DataFrame({"segment": names, "revenue_low": low, "revenue_high": high}, schema=schema)


def _places(values: pl.Series, order: pl.Series | list[str]) -> NDArray[np.int64]:
    return values.cast(pl.Enum(order)).to_physical().cast(pl.Int64).to_numpy()


def largest_deals(rows: pl.DataFrame) -> pl.DataFrame:
    """The deal that makes most of each segment's revenue.

    `segment` and `largest_deal_share`, with `largest_deal_id` and its whole amount in cents
    (`largest_deal_worth`) where the share is over `LARGE_SHARE`. Segments without revenue are not
    there. Of equal deals the first id.
    """
    return (
        rows.group_by("segment", "subject_id")
        .agg(pl.col("units").sum(), pl.col("worth").first())
        .with_columns(total=pl.col("units").sum().over("segment"))
        .filter(pl.col("total") > 0)
        .sort("segment", "units", "subject_id", descending=[False, True, False])
        .group_by("segment", maintain_order=True)
        .first()
        .with_columns(largest_deal_share=pl.col("units") / pl.col("total"))
        .select(
            "segment",
            "largest_deal_share",
            *(
                pl.when(pl.col("largest_deal_share") > LARGE_SHARE).then(column).alias(name)
                for column, name in (
                    ("subject_id", "largest_deal_id"),
                    ("worth", "largest_deal_worth"),
                )
            ),
        )
    )


def payback(rows: pl.DataFrame, spend: pl.DataFrame, margin: float | None) -> pl.DataFrame:
    """After how many months had the touches of the period earned what was spent in it?

    `segment` and `payback_months`, months of 30 days from touch to win: the first by whose end
    credit × margin is at least the spend, at least 1. Segments that have not earned it yet are not
    there; without a margin none is.
    """
    schema = pl.Schema({"segment": pl.String(), "payback_months": pl.Int64()})
    if margin is None:
        return pl.DataFrame(schema=schema)
    days = (pl.col("converted_on") - pl.col("touched_on")).dt.total_days()
    return (
        rows.with_columns(months=((days + MONTH_DAYS - 1) // MONTH_DAYS).clip(1))
        .group_by("segment", "months")
        .agg(pl.col("units").sum())
        .sort("segment", "months")
        .with_columns(earned=pl.col("units").cum_sum().over("segment") * margin / CENTS)
        .join(spend.select("segment", "spend_amount"), on="segment")
        .filter(
            pl.col("spend_amount") > 0, pl.col("earned") >= pl.col("spend_amount").cast(pl.Float64)
        )
        .group_by("segment")
        .agg(payback_months=pl.col("months").min())
        .cast(schema)
    )
