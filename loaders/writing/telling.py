"""Which columns of a table loads tell of each of their records, as `load_column` keeps it."""

from __future__ import annotations

from data.engine.draft import Draft
from data.sql import literal
from loaders.language.narrow import told_of_records
from loaders.transform.file_sql import FileSql


def note_told(draft: Draft, sql: FileSql, load_id: str) -> None:
    """Keep which columns a file tells of its records, which merging asks for."""
    told = sorted(told_of_records(sql.opened))
    if told:
        rows = ", ".join(
            f"({literal(load_id)}, {literal(table)}, {literal(column)})" for table, column in told
        )
        names = "load_id, table_name, column_name"
        draft.execute(f"INSERT INTO load_column ({names}) VALUES {rows}")


def told_columns(draft: Draft, table: str) -> frozenset[str]:
    """The columns of a table that any load tells."""
    told = f"SELECT DISTINCT column_name FROM load_column WHERE table_name = {literal(table)}"
    return frozenset(draft.query(told)["column_name"])


def told_by(draft: Draft, table: str, load_id: str) -> frozenset[str]:
    """The columns of a table that one load tells."""
    told = "SELECT column_name FROM load_column WHERE table_name = ? AND load_id = ?"
    return frozenset(draft.query(told, (table, load_id))["column_name"])


def others_report(draft: Draft, table: str, load_id: str) -> bool:
    """Whether loads of another kind of export (mapping) report anything of a table."""
    reporting = " UNION ".join(
        f"SELECT load_id FROM {table}{each}" for each in ("", "_version", "_reported_by")
    )
    (others,) = draft.one(
        f"SELECT EXISTS (SELECT 1 FROM load WHERE load_id IN ({reporting}) "
        "AND mapping <> (SELECT mapping FROM load WHERE load_id = ?))",
        (load_id,),
    )
    return bool(others)
