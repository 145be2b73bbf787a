"""Rows of a file without ids that repeat another one exactly: they are kept, and told."""

from __future__ import annotations

from data.engine.draft import Draft
from data.schema.bookkeeping import RemarkKind
from data.sql import Query, Step
from loaders.judging.remarks import note_remark
from loaders.language.model import Mapping
from loaders.language.template import Template
from loaders.language.values import ROW_KEY
from loaders.outcome import Remark
from loaders.transform.file_sql import FileSql
from loaders.transform.row_identity import DIGEST


def note_repeated_rows(draft: Draft, sql: FileSql, cells: tuple[Step, ...], load_id: str) -> None:
    """Tell how many rows of a file, known by their whole rows, repeat another one exactly.

    `cells` is the step `file_cells`, or nothing where it is a temporary table.
    """
    if not sql.uses_row_key or (without_id := _without_id(sql.mapping)) is None:
        return
    count = f"SELECT count(*) - count(DISTINCT {DIGEST}) FROM file_cells WHERE {without_id}"
    (rows,) = draft.query(Query(*cells, Step("repeated_rows", count))).row(0)
    if rows:
        what = "1 row repeats" if rows == 1 else f"{rows:,} rows repeat"
        kept = "it is" if rows == 1 else "they are"
        note_remark(
            draft,
            load_id,
            Remark(
                kind=RemarkKind.REPEATED_ROWS,
                rows=rows,
                sentence=f"{what} another row exactly, and {kept} kept: without ids nothing says "
                "that they are the same record. Take out of the file what is there twice by "
                "mistake.",
            ),
        )


def _without_id(mapping: Mapping) -> str | None:
    """SQL over cells: a row has no id of its own; None where other things may identify it."""
    for assigned in mapping.main.columns.values():
        for reference in assigned.references if isinstance(assigned, Template) else ():
            if ROW_KEY in reference.names:
                before = reference.names[: reference.names.index(ROW_KEY)]
                if not set(before) <= set(mapping.columns):
                    return None
                return " AND ".join(f"c_{name} IS NULL" for name in before) or "true"
    return None
