"""Loads: how fresh each source is, what was refused, and how many rows each table has."""

from __future__ import annotations

from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.bookkeeping import RejectionKind, RemarkKind
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa
from data.schema.tables import CANONICAL, DERIVED
from data.sql import Query, Step


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class SourceFreshness(_Result):
    """One row per kind of file, the one that lags most first."""

    mapping: str
    newest: Timestamp
    days_behind: int = pa.Field(ge=0)
    files: int = pa.Field(ge=1)
    rows_kept: int = pa.Field(ge=0)
    rows_rejected: int = pa.Field(ge=0)


class Refusal(_Result):
    """One row per file, reason and column, the most frequent first."""

    file_name: str
    kind: str = pa.Field(isin=[kind.value for kind in RejectionKind])
    reason: str
    column: str = pa.Field(nullable=True)
    rows_rejected: int = pa.Field(ge=1)
    first_line: int = pa.Field(ge=1)
    load_id: str


class LoadNote(_Result):
    """One row per file and remark on how it was read, those about most rows first."""

    file_name: str
    kind: str = pa.Field(isin=[kind.value for kind in RemarkKind])
    sentence: str
    rows_concerned: int = pa.Field(ge=0)
    load_id: str


class TableSize(_Result):
    """One row per table of the warehouse."""

    kind: str = pa.Field(isin=("loaded", "derived"))
    name: str
    row_count: int = pa.Field(ge=0)


def source_freshness(warehouse: Warehouse) -> DataFrame[SourceFreshness]:
    """How fresh is each kind of file?

    `newest` is the time (UTC) at which the newest export of the kind was true, `days_behind` how
    many days that is before the newest export of any kind; `files` and rows are of all its loads.
    """
    found = warehouse.query(
        Query(
            Step(
                "sources",
                """
                SELECT mapping, max(as_of) AS newest, CAST(max(as_of) AS DATE) AS newest_on,
                    count(*) AS files, CAST(sum(rows_kept) AS BIGINT) AS rows_kept,
                    CAST(sum(rows_rejected) AS BIGINT) AS rows_rejected
                FROM load
                GROUP BY mapping
                """,
            ),
            Step("latest", "SELECT max(newest_on) AS latest_on FROM sources"),
            Step(
                "aged",
                """
                SELECT mapping, newest,
                    CAST(date_diff('day', newest_on, latest_on) AS BIGINT) AS days_behind,
                    files, rows_kept, rows_rejected
                FROM sources
                CROSS JOIN latest
                """,
            ),
        )
    )
    return SourceFreshness.validate(found.sort("newest", "mapping"), lazy=True)


def refusals(warehouse: Warehouse) -> DataFrame[Refusal]:
    """Why were rows refused, in which file?

    A row that was refused for several reasons counts under each. `first_line` is the first line of
    the file with it.
    """
    found = warehouse.query(
        Query(
            Step(
                "refused",
                """
                SELECT load.file_name, rejected_row.kind, rejected_row.reason,
                    rejected_row."column", count(*) AS rows_rejected,
                    min(rejected_row.line) AS first_line, load.load_id
                FROM rejected_row
                JOIN load ON load.load_id = rejected_row.load_id
                GROUP BY load.file_name, rejected_row.kind, rejected_row.reason,
                    rejected_row."column", load.load_id
                """,
            )
        )
    ).sort("rows_rejected", "file_name", "reason", "first_line", descending=[True] + 3 * [False])
    return Refusal.validate(found, lazy=True)


def load_remarks(warehouse: Warehouse) -> DataFrame[LoadNote]:
    """What is to be known of how files were read, though nothing was refused for it?

    One row per file and remark, those about most rows first; `rows_concerned` is 0 where a remark
    is about the whole file.
    """
    found = warehouse.query(
        Query(
            Step(
                "remarks",
                """
                SELECT load.file_name, load_remark.kind, load_remark.sentence,
                    load_remark."rows" AS rows_concerned, load.load_id
                FROM load_remark
                JOIN load ON load.load_id = load_remark.load_id
                """,
            )
        )
    ).sort("rows_concerned", "file_name", "kind", "sentence", descending=[True] + 3 * [False])
    return LoadNote.validate(found, lazy=True)


def table_sizes(warehouse: Warehouse) -> DataFrame[TableSize]:
    """How many rows does each table have, by kind and the largest first?"""
    counts = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, '{table}' AS name, count(*) AS row_count FROM {table}"
        for kind, tables in (("loaded", CANONICAL), ("derived", DERIVED))
        for table in tables
    )
    found = warehouse.query(Query(Step("sizes", counts)))
    ordered = found.sort("kind", "row_count", "name", descending=[True, True, False])
    return TableSize.validate(ordered, lazy=True)


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
