"""The first touches of paths, and where each leads next: the links of a flow diagram."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.conversion_paths.seen import SeenPaths, usual_paths
from metrics.attribution.credit import Amount
from metrics.scope import Scope

FIRST = 5
"""So many touches from the first on are followed."""


class Next(StrEnum):
    """Where a touch leads: to another segment, to the conversion, or beyond what is followed."""

    TOUCH = "touch"
    CONVERSION = "conversion"
    LATER = "later"


class FirstTouch(pa.DataFrameModel):
    """One row per place, segment and what comes next, in order of places; the largest first.

    `place` counts the segments of a path from 1 to `FIRST`. `leads_to` is a touch of
    `next_segment` at the next place, the conversion, or touches later than the last place that is
    followed. What reaches a place and segment is what leaves it; the rows of place 1 add up to the
    conversions that have a touch, and so do all rows that lead to no touch.
    """

    place: int = pa.Field(ge=1, le=FIRST)
    segment: str
    leads_to: str = pa.Field(isin=[each.value for each in Next])
    next_segment: str = pa.Field(nullable=True)
    conversions: int = pa.Field(ge=1)
    worth: Amount

    class Config:
        """Exactly these columns, one row per link."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["place", "segment", "leads_to", "next_segment"]


def first_touches(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[FirstTouch]:
    """With which touches do paths to won deals begin, and where do these lead?

    Of the deals won in the period, as far back as is usual in the data. See `first_touches_of`.
    """
    return first_touches_of(usual_paths(warehouse, scope, definitions))


def first_touches_of(seen: SeenPaths) -> DataFrame[FirstTouch]:
    """With which touches do paths begin, and where do these lead?"""
    following = pl.col("segment").shift(-1).over("subject_id")
    at_end, at_edge = pl.col("place") == pl.col("places"), pl.col("place") == FIRST
    at_last = pl.when(at_end).then(pl.lit(Next.CONVERSION.value))
    leads_to = at_last.when(at_edge).then(pl.lit(Next.LATER.value))
    found = (
        seen.steps.with_columns(
            leads_to=leads_to.otherwise(pl.lit(Next.TOUCH.value)),
            next_segment=pl.when(~at_edge).then(following),
        )
        .filter(pl.col("place") <= FIRST)
        .join(seen.conversions, on="subject_id")
        .group_by("place", "segment", "leads_to", "next_segment")
        .agg(pl.col("worth").sum(), conversions=pl.len())
        .sort(
            "place", "conversions", "worth", "segment", "leads_to", "next_segment",
            descending=[False, True, True, False, False, False],
        )
        .select(list(columns(FirstTouch)))
        .cast(pl.Schema(columns(FirstTouch)))
    )  # fmt: skip
    return FirstTouch.validate(found, lazy=True)
