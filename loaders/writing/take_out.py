"""Taking a load out again, as if its file had never been loaded."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.tables import CANONICAL
from data.sql import Query, Step, literal
from data.standing.aside import bring_back
from loaders.writing.into_table import holds_any
from loaders.writing.versions import KeyedTable, expand, settle

_NOTED_BY_LOAD = (
    "full_export",
    "load_column",
    "filled_column",
    "rejected_row",
    "rewritten_value",
    "load_remark",
    "restatement",
    "derived_load",
    "sample_load",
    "load",
)


def take_out(draft: Draft, load_id: str) -> None:
    """Remove everything that a load reported; what others report of the same keys stands."""
    bring_back(draft)
    reported = _tables_of(draft, load_id)
    for table in CANONICAL:
        if table in reported:
            _take_out_of(draft, KeyedTable(table), load_id)
    for table in _NOTED_BY_LOAD:
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (load_id,))


def _tables_of(draft: Draft, load_id: str) -> set[str]:
    """The canonical tables into which a load has reported anything; asked all at once."""
    shapes = [KeyedTable(table) for table in CANONICAL]
    named = " UNION ALL ".join(
        f"(SELECT {literal(shape.table)} AS name FROM {each} "
        f"WHERE load_id = {literal(load_id)} LIMIT 1)"
        for shape in shapes
        for each in (shape.table, shape.versions, shape.reports)
    )
    return set(draft.query(named)["name"])


def _take_out_of(draft: Draft, shape: KeyedTable, load_id: str) -> None:
    own = literal(load_id)
    undisputed_reports = Step(
        "undisputed_reports",
        f"SELECT report.rowid FROM {shape.reports} AS report "
        f"ANTI JOIN {shape.versions} USING ({shape.keys}) WHERE report.load_id = {own}",
    )
    draft.delete(shape.reports, Query(undisputed_reports))
    keys_of_load = Step(
        "keys_of_load",
        f"SELECT {shape.keys} FROM {shape.versions} WHERE load_id = {own} UNION ALL "
        f"SELECT {shape.keys} FROM {shape.reports} WHERE {own} IN (load_id, same_as)",
    )
    expand(draft, shape, Query(keys_of_load))
    if holds_any(draft, "touched_keys"):
        draft.execute("DELETE FROM key_reports WHERE load_id = ?", (load_id,))
        unreported_versions = Step(
            "unreported_versions",
            "SELECT version.rowid FROM key_versions AS version "
            f"ANTI JOIN key_reports USING ({shape.keys}, content_of)",
        )
        draft.delete("key_versions", Query(unreported_versions))
        settle(draft, shape)
    draft.execute(f"DELETE FROM {shape.table} WHERE load_id = ?", (load_id,))
