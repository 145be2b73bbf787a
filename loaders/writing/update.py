"""The strategy of a newer state of known records: its rows are merged without staging."""

from __future__ import annotations

from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import Query, identifier
from loaders.outcome import Counts
from loaders.transform.file_sql import SIDES
from loaders.writing.file_rows import FileRows
from loaders.writing.hidden_contacts import of_cells
from loaders.writing.into_table import compare, count, has_key_twice, take_in
from loaders.writing.quarantine import refuse_unwritten


def update(rows: FileRows) -> Counts | None:
    """Merge the good rows of a file into their table.

    Does not apply when a row may become several records or none, or when a key comes twice.
    """
    draft, sql = rows.draft, rows.sql
    if not sql.one_record_per_row:
        return None
    table = sql.mapping.main.into
    good = Query(*rows.cells, *sql.staged(), *sql.rows_of(table))
    with (
        draft.without_optimizers("filter_pushdown", SIDES),
        draft.following(rows.phases.advance),
    ):
        compare(draft, table, good, sql.load_id)
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    if has_key_twice(draft, "incoming_rows", keys):
        draft.execute("DROP TABLE incoming_rows")
        return None
    kept = count(draft, "incoming_rows")
    changed = take_in(draft, table, sql.load_id)
    if kept < rows.source.rows:
        refuse_unwritten(rows, rows.cells)
    return rows.counts(kept=kept, changed=changed, taken_out=of_cells(rows))
