"""Files of which nothing tells which one is newer, and that say different things."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step


class TiedLoads(pa.DataFrameModel):
    """One row per pair of files and table whose records they differ in, the most first."""

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True

    counts: str
    does_not: str
    true_at: Timestamp
    table_name: str
    records: int = pa.Field(ge=1)
    mapping: str


def tied_loads(warehouse: Warehouse) -> DataFrame[TiedLoads]:
    """Which files were true at the same time and say different things of the same records?

    Nothing tells which of the two is newer: what `counts` says is taken for it, by its time of
    change or else its name. Loading one again with the time at which it was true settles it.
    """
    found = warehouse.query(
        Query(
            Step(
                "tied",
                """
                SELECT newer.file_name AS counts, older.file_name AS does_not,
                    newer.as_of AS true_at, load_tie.table_name, load_tie.records, newer.mapping
                FROM load_tie
                JOIN load AS newer ON newer.load_id = load_tie.newer_load_id
                JOIN load AS older ON older.load_id = load_tie.older_load_id
                """,
            )
        )
    ).sort("records", "counts", "does_not", "table_name", descending=[True, False, False, False])
    return TiedLoads.validate(found, lazy=True)
