"""The short way for a newer state of known records: nothing is staged but what has changed.

As in `loaders.append`, whether each key was the file's own is known only afterwards, and refused
rows are looked for last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.engine.draft import Draft
from data.schema.contract import key
from data.schema.tables import CANONICAL
from data.sql import identifier
from loaders.append import any_twice, each_row_is_one_record, stage_refused
from loaders.merge import compare, take_in
from loaders.transform.file_sql import SIDES, FileSql


@dataclass(frozen=True, slots=True)
class Updated:
    """Rows of a file that were good, and in how many records they changed a value."""

    kept: int
    changed: int


def update(
    draft: Draft, steps: FileSql, cells: str, rows: int, on_share: Callable[[float], None]
) -> Updated | None:
    """Merge the good ones of a file's rows into their table; `cells` is a relation of all `rows`.

    `on_share` and the table `staged` are as with `append`. None when the way is not open, with
    nothing done: a row may become several records, or none, or a key comes twice.
    """
    if not each_row_is_one_record(steps) or steps.may_leave_out:
        return None
    table = steps.mapping.main.into
    told = f"WITH staged AS ({steps.staged(cells)}) {steps.rows_of(table)}"
    with draft.without_optimizers("filter_pushdown", SIDES), draft.following(on_share):
        compare(draft, table, told, steps.load_id)
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    if any_twice(draft, "incoming", keys):
        draft.execute("DROP TABLE incoming")
        return None
    (kept,) = draft.one("SELECT count(*) FROM incoming")
    merged = take_in(draft, table, steps.load_id)
    if kept < rows:
        stage_refused(draft, steps, cells)
    return Updated(kept, merged.changed)
