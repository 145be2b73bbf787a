"""The short way: the good rows of a file go straight into their table.

Nothing is staged and no line is counted, so that the engine reads and writes on all its cores.
Whether every key was new and the file's own is known only afterwards: if not, the rows are taken
back. Refused rows are looked for afterwards too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.engine.draft import Draft
from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.sql import identifier, literal
from loaders.language.column import Kind
from loaders.language.model import Otherwise
from loaders.language.template import Template
from loaders.language.values import ROW_KEY, understood
from loaders.reading.source import Source
from loaders.transform.cells import are_placeholders, may_have_blanks, without_blanks
from loaders.transform.file_sql import SIDES, FileSql, Later
from loaders.writing.merge import compare, take_in

_ROWS_PROBED = 1_000


def append(
    draft: Draft, steps: FileSql, source: Source, on_share: Callable[[float], None]
) -> int | None:
    """Append the file's rows that are without fault; returns how many there were.

    `on_share` is told now and then which part of them was read, 0 to 1.
    The lines of the others are then in the table `staged`, as not `ok`. None when the way is not
    open, with nothing done: a row may become several, or a key is not new.
    """
    if not each_row_is_one_record(steps) or steps.may_leave_out:
        return None
    table = steps.mapping.main.into
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    stored = _tidied_later(steps)
    later = Later(tested=frozenset(stored), trimmed=_trimmed_later(steps, stored))
    cells = f"({steps.cells(source.relation, later=later)})"
    if _known_already(draft, steps, table, keys, cells):
        return None
    before = _count(draft, table)
    # Pushed below the values, the test of each row would work them out a second time.
    with draft.without_optimizers("filter_pushdown", SIDES), draft.following(on_share):
        names = ", ".join(identifier(name) for name in fields(table))
        draft.execute(
            f"INSERT INTO {table} ({names}) "
            f"WITH staged AS ({steps.staged(cells)}) {steps.rows_of(table)}"
        )
    if not _tidy(draft, steps, table, stored, later.trimmed) or any_twice(draft, table, keys):
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (steps.load_id,))
        return None
    kept = _count(draft, table) - before
    if kept < source.rows:
        stage_refused(draft, steps, cells)
    return kept


def stage_refused(draft: Draft, steps: FileSql, cells: str) -> None:
    """Make the table `staged` of the lines alone that are not `ok`."""
    draft.execute(
        "CREATE OR REPLACE TEMP TABLE staged AS "
        f"SELECT line, ok FROM ({steps.staged(cells)}) AS checked WHERE NOT ok"
    )


def each_row_is_one_record(steps: FileSql) -> bool:
    """Whether each row of the file becomes exactly one row of one table."""
    mapping = steps.mapping
    plain = not (mapping.skip or mapping.previous or mapping.main.when or mapping.main.has_several)
    return plain and len(mapping.tables) == 1


def _tidied_later(steps: FileSql) -> dict[str, str]:
    """Columns of the file that go unchecked into a column of the table, by name: that column.

    Once stored, such a column is tested for placeholders and blanks at almost no cost.
    """
    mapping = steps.mapping
    names = list(mapping.references())
    later: dict[str, str] = {}
    for name, assigned in mapping.main.columns.items():
        alone = assigned.alone if isinstance(assigned, Template) else None
        told = alone.names[0] if alone and len(alone.names) == 1 else ""
        column = mapping.columns.get(told)
        if column is None or column.when or column.keep_placeholders:
            continue
        if told in mapping.values and mapping.values[told].otherwise is not Otherwise.KEEP:
            continue
        if understood(mapping, told).kind is Kind.TEXT and names.count(told) == 1:
            later[told] = name
    return {} if ROW_KEY in names else later


def _trimmed_later(steps: FileSql, stored: dict[str, str]) -> frozenset[str]:
    """Those of them in which blanks around a text disturb nothing until then."""
    known = fields(steps.mapping.main.into)
    return frozenset(
        told
        for told, name in stored.items()
        if not known[name].checks
        and told not in steps.mapping.values
        and steps.mapping.columns[told].default is None
        and steps.mapping.columns[told].extract is None
        and steps.mapping.columns[told].split is None
    )


def _known_already(draft: Draft, steps: FileSql, table: str, keys: str, cells: str) -> bool:
    """Whether the file's first rows are in the table: then it is a newer state of old records."""
    (filled,) = draft.query(f"SELECT EXISTS (SELECT 1 FROM {table})").row(0)
    if not filled:
        return False
    first = f"(SELECT * FROM {cells} AS file LIMIT {_ROWS_PROBED})"
    (known,) = draft.query(
        f"WITH staged AS ({steps.staged(first)}) "
        f"SELECT count(*) FROM ({steps.rows_of(table)}) AS file SEMI JOIN {table} USING ({keys})"
    ).row(0)
    return bool(known)


def any_twice(draft: Draft, table: str, keys: str) -> bool:
    """Whether a key is in the table twice. Numbers made of the keys are compared first."""
    twice = "GROUP BY ALL HAVING count(*) > 1"
    alike = f"SELECT hash({keys}) AS number FROM {table} {twice} LIMIT 1"
    if draft.query(alike).is_empty():
        return False
    return not draft.query(f"SELECT {keys} FROM {table} {twice} LIMIT 1").is_empty()


def _tidy(
    draft: Draft, steps: FileSql, table: str, stored: dict[str, str], trimmed: frozenset[str]
) -> bool:
    """Take blanks and placeholders out of stored columns.

    Says whether every column may be missing that would then be.
    """
    for told, name in stored.items():
        column = identifier(name)
        default = steps.mapping.columns[told].default
        tests = [(are_placeholders(column), "NULL" if default is None else literal(default))]
        if told in trimmed:
            tests.insert(0, (may_have_blanks(column), f"nullif({without_blanks(column)}, '')"))
        for untidy, instead in tests:
            own = f"load_id = {literal(steps.load_id)} AND {untidy}"
            found, lost = draft.query(
                f"SELECT count(*), count(*) FILTER (WHERE {instead} IS NULL) "
                f"FROM {table} WHERE {own}"
            ).row(0)
            if lost and not fields(table)[name].nullable:
                return False
            if found:
                draft.execute(
                    f"UPDATE {table} SET {column} = {instead} "
                    f"WHERE {own} AND {column} IS DISTINCT FROM {instead}"
                )
    return True


def _count(draft: Draft, table: str) -> int:
    return int(draft.query(f"SELECT count(*) FROM {table}").row(0)[0])


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
