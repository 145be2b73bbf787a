"""Taking a load out again, as if its file had never been loaded."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.tables import CANONICAL
from data.sql import literal
from loaders.writing.into_table import holds_any
from loaders.writing.versions import KeyedTable, expand, settle

_KINDS = ("", "_version", "_reported_by")

_NOTED_BY_LOAD = (
    "rejected_row",
    "rewritten_value",
    "restatement",
    "derived_load",
    "sample_load",
    "load",
)


def take_out(draft: Draft, load_id: str) -> None:
    """Remove everything that a load reported; what others report of the same keys stands."""
    own = literal(load_id)
    for table in CANONICAL:
        if not any(holds_any(draft, f"{table}{kind}", f"load_id = {own}") for kind in _KINDS):
            continue
        shape = KeyedTable(table)
        disputed = (
            f"SELECT report.rowid FROM {table}_reported_by AS report SEMI JOIN {table}_version"
        )
        draft.execute(
            f"DELETE FROM {table}_reported_by WHERE load_id = ? "
            f"AND rowid NOT IN ({disputed} USING ({shape.keys}))",
            (load_id,),
        )
        expand(
            draft,
            shape,
            f"(SELECT {shape.keys} FROM {table}_version WHERE load_id = {own} UNION ALL "
            f"SELECT {shape.keys} FROM {table}_reported_by WHERE {own} IN (load_id, same_as))",
        )
        if holds_any(draft, "touched_keys"):
            draft.execute("DELETE FROM key_reports WHERE load_id = ?", (load_id,))
            draft.execute(
                "DELETE FROM key_versions WHERE rowid NOT IN (SELECT version.rowid "
                f"FROM key_versions AS version SEMI JOIN key_reports USING ({shape.keys}, content_of))"
            )
            settle(draft, shape)
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))
    for table in _NOTED_BY_LOAD:
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))
