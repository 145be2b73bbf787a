"""The most common paths, and how long paths are in touches and days."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.conversion_paths.seen import SeenPaths, usual_paths
from metrics.attribution.credit import Amount
from metrics.scope import Scope

Segments = Annotated[pl.List, pl.String]


class ConversionPath(pa.DataFrameModel):
    """One row per path, the most common first, of equal ones the one worth more.

    `path` holds the segments in order, each as often as it is not its own successor; it is empty
    for conversions without a touch. `worth` is of its conversions, `unpriced` of which have no
    recorded amount. `touches_median` counts touches before collapsing, `days_median` are from the
    first touch to the conversion, null without a touch. Rows add up to all conversions.
    """

    rank: int = pa.Field(ge=1)
    path: Segments
    length: int = pa.Field(ge=0)
    conversions: int = pa.Field(ge=1)
    share: float = pa.Field(ge=0, le=1)
    worth: Amount
    unpriced: int = pa.Field(ge=0)
    touches_median: float = pa.Field(ge=0)
    days_median: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["rank"]


class PathLength(pa.DataFrameModel):
    """One row per length of a path that occurs, the shortest first.

    `length` counts segments in order, 0 without a touch. The other columns are as those of
    `ConversionPath`. Rows add up to all conversions.
    """

    length: int = pa.Field(ge=0)
    conversions: int = pa.Field(ge=1)
    share: float = pa.Field(ge=0, le=1)
    worth: Amount
    unpriced: int = pa.Field(ge=0)
    touches_median: float = pa.Field(ge=0)
    days_median: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["length"]


class PathSummary(pa.DataFrameModel):
    """One row: how many conversions there are, how many have a touch, and what a path is like.

    Medians and the 90% quantile are of conversions with a touch, null without any. Quantiles of
    days are values that occur or lie halfway between two.
    """

    conversions: int = pa.Field(ge=0)
    touched: int = pa.Field(ge=0)
    paths: int = pa.Field(ge=0)
    worth: Amount
    length_median: float = pa.Field(ge=1, nullable=True)
    touches_median: float = pa.Field(ge=1, nullable=True)
    days_median: float = pa.Field(ge=0, nullable=True)
    days_90: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def conversion_paths(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ConversionPath]:
    """Which paths do accounts most often take to a deal that is won, and what are they worth?

    Of the deals won in the period, as far back as is usual in the data. See `paths_of`.
    """
    return paths_of(usual_paths(warehouse, scope, definitions))


def path_lengths(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[PathLength]:
    """How many touches and days does it take to a deal that is won?

    Of the deals won in the period, as far back as is usual in the data. See `lengths_of`.
    """
    return lengths_of(usual_paths(warehouse, scope, definitions))


def path_summary(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[PathSummary]:
    """How many won deals were touched, and how long is their usual path?

    Of the deals won in the period, as far back as is usual in the data. See `summary_of`.
    """
    return summary_of(usual_paths(warehouse, scope, definitions))


def paths_of(seen: SeenPaths) -> DataFrame[ConversionPath]:
    """Which paths do conversions most often take, and what are they worth?"""
    found = (
        _counted(seen, "path", "length")
        .with_columns(key=pl.col("path").list.join("\x1f"))
        .sort("conversions", "worth", "key", descending=[True, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1))
        .select(list(columns(ConversionPath)))
        .cast(pl.Schema(columns(ConversionPath)))
    )
    return ConversionPath.validate(found, lazy=True)


def lengths_of(seen: SeenPaths) -> DataFrame[PathLength]:
    """How many conversions have a path of each length?"""
    found = (
        _counted(seen, "length")
        .sort("length")
        .select(list(columns(PathLength)))
        .cast(pl.Schema(columns(PathLength)))
    )
    return PathLength.validate(found, lazy=True)


def summary_of(seen: SeenPaths) -> DataFrame[PathSummary]:
    """How many conversions were touched, and what is a usual path like?"""
    whole = _of_conversions(seen)
    touched = whole.filter(pl.col("length") > 0)
    row = {
        "conversions": len(whole),
        "touched": len(touched),
        "paths": touched["path"].n_unique(),
        "worth": whole["worth"].sum() or 0,
        "length_median": touched["length"].median(),
        "touches_median": touched["touches"].median(),
        "days_median": touched["days"].median(),
        "days_90": touched["days"].quantile(0.9, "midpoint"),
    }
    found = pl.DataFrame([row], schema=pl.Schema(columns(PathSummary)), strict=False)
    return PathSummary.validate(found, lazy=True)


def _of_conversions(seen: SeenPaths) -> pl.DataFrame:
    """One row per conversion: its path, length, touches and days."""
    paths = seen.steps.group_by("subject_id", maintain_order=True).agg(
        path="segment", length=pl.len()
    )
    touches = seen.touches.group_by("subject_id").agg(
        touches=pl.len(), days=pl.col("days_before").max()
    )
    empty = pl.lit([], pl.List(pl.String))
    return (
        seen.conversions.join(paths, on="subject_id", how="left")
        .join(touches, on="subject_id", how="left")
        .with_columns(
            pl.col("length", "touches").fill_null(0).cast(pl.Int64),
            path=pl.coalesce("path", empty),
        )
    )


def _counted(seen: SeenPaths, *keys: str) -> pl.DataFrame:
    whole = _of_conversions(seen)
    return whole.group_by(*keys).agg(
        pl.col("worth").sum(),
        conversions=pl.len(),
        share=pl.len() / len(whole),
        unpriced=pl.col("worth").null_count(),
        touches_median=pl.col("touches").median(),
        days_median=pl.col("days").median(),
    )
