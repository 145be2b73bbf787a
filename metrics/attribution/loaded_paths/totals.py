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
    channels these name. `touches_without_path` belong to journeys of which no row says what came of
    them: they earn nothing. `conversions`, `value_amount` and `nulls` are sums of weights;
    `value_amount` is null where no path has a value, and adds currencies up where `currencies` is
    more than one, the base currency of paths that name none counting as one.
    """

    source_system: str = pa.Field(unique=True)
    paths: int = pa.Field(ge=0)
    touches: int = pa.Field(ge=0)
    channels: int = pa.Field(ge=0)
    touches_without_path: int = pa.Field(ge=0)
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
                SELECT path_step.source_system, count(*) AS touches,
                    count(DISTINCT path_step.channel) AS channels,
                    count(*) - count(path.path_id) AS touches_without_path
                FROM path_step
                LEFT JOIN path ON path.source_system = path_step.source_system
                    AND path.path_id = path_step.path_id
                GROUP BY path_step.source_system
                """,
            ),
            Step(
                "systems",
                "SELECT source_system FROM weights UNION SELECT source_system FROM told",
            ),
            Step(
                "loaded_paths",
                """
                SELECT systems.source_system, coalesce(weights.paths, 0) AS paths,
                    coalesce(told.touches, 0) AS touches, coalesce(told.channels, 0) AS channels,
                    coalesce(told.touches_without_path, 0) AS touches_without_path,
                    CAST(coalesce(weights.conversions, 0) AS DECIMAL(38, 6)) AS conversions,
                    weights.value_amount, coalesce(weights.currencies, 0) AS currencies,
                    CAST(coalesce(weights.nulls, 0) AS DECIMAL(38, 6)) AS nulls
                FROM systems
                LEFT JOIN weights ON weights.source_system = systems.source_system
                LEFT JOIN told ON told.source_system = systems.source_system
                ORDER BY systems.source_system
                """,
            ),
        )
    )
    return LoadedPaths.validate(rows, lazy=True)
