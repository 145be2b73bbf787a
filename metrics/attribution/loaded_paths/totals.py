"""Totals of the paths that are loaded: how many there are of each system, and what they weigh."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step

Total = Annotated[pl.Decimal, 38, 6]


class LoadedPaths(pa.DataFrameModel):
    """One row per source system of which paths are loaded, in the order of their names.

    `paths` are rows of the table `path`, `touches` those of `path_step`, `channels` how many
    channels these name. `conversions`, `value_amount` and `nulls` are sums of weights;
    `value_amount` is null where no path has a value, and adds currencies up where `currencies` is
    more than one, the base currency of paths that name none counting as one.
    """

    source_system: str = pa.Field(unique=True)
    paths: int = pa.Field(ge=1)
    touches: int = pa.Field(ge=0)
    channels: int = pa.Field(ge=0)
    conversions: Total = pa.Field(ge=0)
    value_amount: Total = pa.Field(ge=0, nullable=True)
    currencies: int = pa.Field(ge=0)
    nulls: Total = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per system."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def loaded_paths(warehouse: Warehouse) -> DataFrame[LoadedPaths]:
    """Which paths are loaded, of which systems, and how many conversions do they stand for?

    Of the tables `path` and `path_step`: journeys that come in order and with weights, without
    times and without people. They are apart from touches: the same conversions may be in both.
    """
    rows = warehouse.query(
        Query(
            Step(
                "weights",
                """
                SELECT source_system, count(*) AS paths,
                    CAST(sum(conversions) AS DECIMAL(38, 6)) AS conversions,
                    CAST(sum(value_amount) AS DECIMAL(38, 6)) AS value_amount,
                    count(DISTINCT CASE WHEN value_amount IS NOT NULL
                        THEN coalesce(currency, '') END) AS currencies,
                    CAST(coalesce(sum(nulls), 0) AS DECIMAL(38, 6)) AS nulls
                FROM path
                GROUP BY source_system
                """,
            ),
            Step(
                "told",
                """
                SELECT source_system, count(*) AS touches, count(DISTINCT channel) AS channels
                FROM path_step
                GROUP BY source_system
                """,
            ),
            Step(
                "loaded_paths",
                """
                SELECT weights.source_system, weights.paths,
                    coalesce(told.touches, 0) AS touches, coalesce(told.channels, 0) AS channels,
                    weights.conversions, weights.value_amount, weights.currencies, weights.nulls
                FROM weights
                LEFT JOIN told ON told.source_system = weights.source_system
                ORDER BY weights.source_system
                """,
            ),
        )
    )
    return LoadedPaths.validate(rows, lazy=True)
