"""The strategy that always applies: stage the rows, refuse what is wrong, merge the others."""

from __future__ import annotations

from data.sql import Query
from loaders.outcome import Counts
from loaders.transform.file_sql import SIDES, STAGED
from loaders.writing.file_rows import FileRows
from loaders.writing.hidden_contacts import of_staged
from loaders.writing.into_table import merge_into
from loaders.writing.quarantine import refuse, refuse_repeats


def merge(rows: FileRows) -> Counts:
    """Stage all rows of a file and merge the good ones into each table that they feed."""
    draft, sql, phases = rows.draft, rows.sql, rows.phases
    with draft.without_optimizers(SIDES), draft.following(phases.advance):
        draft.build(STAGED, Query(*rows.cells, *sql.staged()))
    refuse(rows)
    repeats = 0 if sql.mapping.main.has_several else refuse_repeats(rows)
    staged, good = draft.one("SELECT count(*), count(*) FILTER (WHERE ok) FROM staged_rows")
    older = _older_versions(rows)
    changed = 0
    if good:
        for table in sql.tables:
            phases.begin(f"writing {table}")
            with draft.following(phases.advance):
                changes = merge_into(draft, table, Query(*sql.rows_of(table)), sql.load_id)
            if table == sql.mapping.main.into:
                changed = changes
    return rows.counts(
        kept=good - older,
        changed=changed,
        unchanged=repeats + older,
        skipped=rows.source.rows - staged,
        taken_out=of_staged(rows),
    )


def _older_versions(rows: FileRows) -> int:
    """How many good rows are of a record of which the file has a newer row."""
    sql = rows.sql
    if sql.mapping.main.newest is None:
        return 0
    keys = ", ".join(sql.main_key())
    versions, records = rows.draft.one(
        f"SELECT count(*), count(DISTINCT row({keys})) FROM staged_rows "
        f"WHERE ok AND ({sql.main_condition()})"
    )
    return int(versions) - int(records)
