"""Models side by side: what each says of a segment, and how far they are apart."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import Amount, Credit, channel_credit
from metrics.attribution.models import DATA_DRIVEN, LONGER_MEMORY
from metrics.scope import Scope

REFERENCE = "linear"
"""The model that others are compared with: it prefers no touch."""

MARKOV_1 = DATA_DRIVEN[0]


class ModelComparison(pa.DataFrameModel):
    """One row per segment and model: the segments furthest apart first, `Unattributed` last.

    Models are in the order of `Question.models`. `rank` is the segment's place among those of the
    model, of equal credit the same; `rank_change` is how many places it is above (positive) or
    below that of the reference, and `share_change` its share minus that of the reference. `spread`
    is the largest minus the smallest share that any model gives the segment, the same on each of
    its rows. Only credit that is told takes part in a spread, and in the names of `share_lowest_by`
    and `share_highest_by`, of equal shares the first model. Shares are null where a model has no
    credit, ranks where there is none or for `Unattributed`.
    """

    segment: str
    model: str
    credit: Amount
    share: float = pa.Field(nullable=True)
    share_low: float = pa.Field(nullable=True)
    share_high: float = pa.Field(nullable=True)
    is_told: bool
    share_change: float = pa.Field(ge=-1, le=1, nullable=True)
    rank: int = pa.Field(ge=1, nullable=True)
    rank_change: int = pa.Field(nullable=True)
    conversions: int = pa.Field(ge=0)
    spread: float = pa.Field(ge=0, le=1, nullable=True)
    share_lowest_by: str = pa.Field(nullable=True)
    share_highest_by: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per segment and model."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "model"]


def model_comparison(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ModelComparison]:
    """How far are the models apart on each channel, and which channels rise or fall with them?

    Of `channel_credit`, against the linear model. See `compare_models`.
    """
    return compare_models(channel_credit(warehouse, scope, definitions))


def compare_models(
    credit: DataFrame[Credit], reference: str = REFERENCE
) -> DataFrame[ModelComparison]:
    """How far are the models of a credit frame apart, and how do ranks change against one of them?

    Raises MetricError when the reference is not among the models of the frame.

    >>> names = ("model", "segment", "conversions", "credit", "share", "is_told")
    >>> rows = [("first", "Email", 3, 9, 0.9, True), ("first", "Fair", 3, 1, 0.1, True),
    ...         ("linear", "Email", 3, 4, 0.4, True), ("linear", "Fair", 3, 6, 0.6, True)]
    >>> credit = pl.DataFrame(rows, schema=list(names), orient="row").with_columns(
    ...     pl.col("credit").cast(pl.Decimal(18, 6)), share_low=None, share_high=None
    ... )
    >>> found = compare_models(credit)
    >>> found.select("segment", "model", "rank", "rank_change", "spread").rows()[0]
    ('Email', 'first', 1, 1, 0.5)
    """
    models = credit["model"].unique(maintain_order=True).to_list()
    if reference not in models:
        raise MetricError(
            f"{reference!r} is not among the models here: use one of {', '.join(models)}"
        )
    is_segment = pl.col("segment") != UNATTRIBUTED
    in_order = {name: place for place, name in enumerate(models)}
    ranked = pl.col("share").is_not_null() & is_segment
    rows = credit.with_columns(
        order=pl.col("model").replace_strict(in_order, return_dtype=pl.Int64),
        rank=pl.when(ranked).then(
            pl.col("credit").rank("min", descending=True).over("model", is_segment).cast(pl.Int64)
        ),
    )
    of_reference = rows.filter(model=reference).select(
        "segment", base_share="share", base_rank="rank"
    )
    found = (
        rows.join(of_reference, on="segment", how="left")
        .join(_spreads(rows), on="segment", how="left")
        .with_columns(
            share_change=pl.col("share") - pl.col("base_share"),
            rank_change=pl.col("base_rank") - pl.col("rank"),
            last=~is_segment,
        )
        .sort(
            "last", "spread", "segment", "order",
            descending=[False, True, False, False], nulls_last=True,
        )
        .select(list(columns(ModelComparison)))
        .cast(pl.Schema(columns(ModelComparison)))
    )  # fmt: skip
    return ModelComparison.validate(found, lazy=True)


def beyond_order_one(credit: pl.DataFrame) -> pl.DataFrame:
    """Where does a chain of a longer memory give another share than order 1 can be wrong by?

    One row per model of order 2 or 3 and segment whose share lies outside the 90% bounds of order
    1, the furthest first: `model`, `segment`, `share`, and `first_share` with `share_low` and
    `share_high` of order 1. Longer memories have no bounds of their own. Segments whose credit by
    order 1 is not told, and `Unattributed`, are left out.

    >>> rows = [("markov_1", "Email", 0.4, 0.3, 0.5, True), ("markov_2", "Email", 0.6, None, None,
    ...          False), ("markov_3", "Email", 0.45, None, None, False)]
    >>> names = ["model", "segment", "share", "share_low", "share_high", "is_told"]
    >>> beyond_order_one(pl.DataFrame(rows, schema=names, orient="row")).select(
    ...     "model", "share", "first_share").rows()
    [('markov_2', 0.6, 0.4)]
    """
    first = credit.filter(
        pl.col("model") == MARKOV_1, pl.col("is_told"), pl.col("segment") != UNATTRIBUTED
    ).select("segment", "share_low", "share_high", first_share="share")
    outside = pl.max_horizontal(
        pl.col("share_low") - pl.col("share"), pl.col("share") - pl.col("share_high")
    )
    return (
        credit.filter(pl.col("model").is_in(LONGER_MEMORY))
        .select("model", "segment", "share")
        .join(first, on="segment")
        .with_columns(outside=outside)
        .filter(pl.col("outside") > 0)
        .sort("outside", "segment", "model", descending=[True, False, False])
        .drop("outside")
    )


def _spreads(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per segment: how far the shares that are told lie apart."""
    told = rows.filter(pl.col("is_told") & pl.col("share").is_not_null()).sort("order")
    by_share = pl.col("model").sort_by("share", "order")
    highest = pl.col("model").sort_by("share", "order", descending=[True, False])
    return told.group_by("segment").agg(
        spread=pl.col("share").max() - pl.col("share").min(),
        share_lowest_by=by_share.first(),
        share_highest_by=highest.first(),
    )
