"""Channels together: which ones touch the same conversions, and which assist others."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.conversion_paths.seen import SeenPaths, usual_paths
from metrics.attribution.credit import Amount
from metrics.rates import ratio
from metrics.scope import Scope


class ChannelOverlap(pa.DataFrameModel):
    """One row per ordered pair of segments, each with itself as well; all pairs are there.

    `conversions` were touched by both, and by the segment at all where it is paired with itself.
    `share` is of those that the segment touched, `share_of_either` of those that either did.
    Segments that touched most come first, as rows and within a row.
    """

    segment: str
    other: str
    conversions: int = pa.Field(ge=0)
    worth: Amount
    share: float = pa.Field(ge=0, le=1)
    share_of_either: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per pair."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "other"]


class AssistedConversion(pa.DataFrameModel):
    """One row per segment, what assists most first.

    Of the `conversions` that it touched it was the last touch of `last` and only assisted the
    others, so that `last` and `assisted` add up to all; `first` counts those that it began.
    `assisted_per_last` is their quotient, above 1 for a segment that rather assists, null where it
    is never last. Worths are of the conversions counted beside them.
    """

    segment: str
    conversions: int = pa.Field(ge=1)
    first: int = pa.Field(ge=0)
    last: int = pa.Field(ge=0)
    assisted: int = pa.Field(ge=0)
    assisted_per_last: float = pa.Field(ge=0, nullable=True)
    worth: Amount
    last_worth: Amount
    assisted_worth: Amount

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def channel_overlap(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ChannelOverlap]:
    """Which channels touch the same won deals?

    Of the deals won in the period, as far back as is usual in the data. See `overlap_of`.
    """
    return overlap_of(usual_paths(warehouse, scope, definitions))


def assisted_conversions(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[AssistedConversion]:
    """Which channels close won deals, and which only assist?

    Of the deals won in the period, as far back as is usual in the data. See `assisted_of`.
    """
    return assisted_of(usual_paths(warehouse, scope, definitions))


def overlap_of(seen: SeenPaths) -> DataFrame[ChannelOverlap]:
    """How many conversions does each pair of segments touch?"""
    members = seen.members
    own = members.group_by("segment").agg(touched=pl.len())
    pairs = own.join(own.rename({"segment": "other", "touched": "others"}), how="cross")
    both = (
        members.join(members.select("subject_id", other="segment"), on="subject_id")
        .group_by("segment", "other")
        .agg(pl.col("worth").sum(), conversions=pl.len())
    )
    found = (
        pairs.join(both, on=["segment", "other"], how="left")
        .with_columns(
            pl.col("conversions").fill_null(0).cast(pl.Int64), pl.col("worth").fill_null(0)
        )
        .with_columns(
            share=pl.col("conversions") / pl.col("touched"),
            share_of_either=pl.col("conversions")
            / (pl.col("touched").cast(pl.Int64) + pl.col("others") - pl.col("conversions")),
        )
        .sort("touched", "segment", "others", "other", descending=[True, False, True, False])
        .select(list(columns(ChannelOverlap)))
        .cast(pl.Schema(columns(ChannelOverlap)))
    )
    return ChannelOverlap.validate(found, lazy=True)


def assisted_of(seen: SeenPaths) -> DataFrame[AssistedConversion]:
    """Of how many conversions was each segment the last touch, and how many did it assist?

    A segment that is last and was there before is the last, and does not assist itself.
    """
    ends = seen.steps.group_by("subject_id").agg(
        began=pl.col("segment").sort_by("place").first(),
        closed=pl.col("segment").sort_by("place").last(),
    )
    is_last = pl.col("segment") == pl.col("closed")
    found = (
        seen.members.join(ends, on="subject_id")
        .group_by("segment")
        .agg(
            pl.col("worth").sum(),
            conversions=pl.len(),
            first=(pl.col("segment") == pl.col("began")).sum(),
            last=is_last.sum(),
            assisted=(~is_last).sum(),
            last_worth=pl.col("worth").filter(is_last).sum(),
            assisted_worth=pl.col("worth").filter(~is_last).sum(),
        )
        .with_columns(assisted_per_last=ratio(pl.col("assisted"), pl.col("last")))
        .sort("assisted", "conversions", "segment", descending=[True, True, False])
        .select(list(columns(AssistedConversion)))
        .cast(pl.Schema(columns(AssistedConversion)))
    )
    return AssistedConversion.validate(found, lazy=True)
