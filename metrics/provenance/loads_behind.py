"""The files whose rows stand in the tables that a metric reads."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Timestamp, columns
from data.schema.frames import DataFrame, pa
from data.schema.tables import CANONICAL
from data.sql import Query, Step


class LoadBehind(pa.DataFrameModel):
    """One row per load with rows in one of the tables, the newest load first.

    `loaded_into` names the tables that have rows of it, `row_count` is how many they are: rows that
    a later file says anew are that file's. `exported_at` is the moment at which the file was true,
    `loaded_at` when it was loaded, both in UTC. `definitions` is the digest of the definitions
    under which the derived tables were made of it; null where none were.
    """

    file_name: str
    mapping: str
    loaded_into: str
    row_count: int = pa.Field(ge=1)
    exported_at: Timestamp
    loaded_at: Timestamp
    definitions: str = pa.Field(nullable=True)
    load_id: str

    class Config:
        """Exactly these columns, one row per load."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["load_id"]


def loads_behind(warehouse: Warehouse, tables: Collection[str]) -> DataFrame[LoadBehind]:
    """From which files do the rows of these loaded tables come?

    Of all that is loaded: what a question's period and filters leave out counts as well. No tables
    have no files.

    Raises ValueError for a table that no file feeds.
    """
    if unknown := set(tables) - CANONICAL.keys():
        raise ValueError(f"no file feeds {', '.join(sorted(unknown))}")
    if not tables:
        return LoadBehind.validate(pl.DataFrame(schema=columns(LoadBehind)), lazy=True)
    rows = " UNION ALL ".join(
        f"SELECT '{table}' AS loaded_into, load_id, count(*) AS row_count FROM {table}"
        " GROUP BY load_id"
        for table in sorted(set(tables))
    )
    found = warehouse.query(
        Query(
            Step("table_rows", rows),
            Step(
                "load_rows",
                """
                SELECT load.file_name, load.mapping, table_rows.loaded_into, table_rows.row_count,
                    load.as_of AS exported_at, load.finished_at AS loaded_at,
                    derived_load.definitions, load.load_id
                FROM table_rows
                JOIN load ON load.load_id = table_rows.load_id
                LEFT JOIN derived_load ON derived_load.load_id = load.load_id
                """,
            ),
        )
    )
    one_each = ["file_name", "mapping", "exported_at", "loaded_at", "definitions", "load_id"]
    loads = found.group_by(one_each).agg(
        pl.col("loaded_into").sort().str.join(", "), pl.col("row_count").sum()
    )
    ordered = loads.select(LoadBehind.to_schema().columns.keys()).sort(
        "loaded_at", "load_id", descending=[True, False]
    )
    return LoadBehind.validate(ordered, lazy=True)
