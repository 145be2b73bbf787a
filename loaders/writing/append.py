"""The strategy of a file whose records are all new: its good rows go straight into their table.

Nothing is staged and no line is counted, so that the engine reads and writes on all its cores.
Whether every key was new, and once in the file, is known only afterwards: if not, the rows are
taken back. Refused rows are looked for afterwards too.
"""

from __future__ import annotations

from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.sql import Query, Step, identifier, literal
from loaders.language.column import Kind
from loaders.language.model import Otherwise
from loaders.language.template import Template
from loaders.language.values import ROW_KEY, understood
from loaders.outcome import Counts
from loaders.transform.cells import Later, are_placeholders, may_have_blanks, without_blanks
from loaders.transform.file_sql import CELLS, SIDES, FileSql
from loaders.writing.file_rows import FileRows
from loaders.writing.hidden_contacts import of_table
from loaders.writing.into_table import count, has_key_twice, holds_any
from loaders.writing.quarantine import refuse_unwritten

_ROWS_PROBED = 1_000


def append(rows: FileRows) -> Counts | None:
    """Append the good rows of a file to their table.

    Does not apply when a row may become several records or none, when a key comes twice, or when
    one of the first rows is of a known record.
    """
    draft, sql = rows.draft, rows.sql
    if not sql.one_record_per_row:
        return None
    table = sql.mapping.main.into
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    stored = _tidied_later(sql)
    later = Later(tested=frozenset(stored), trimmed=_trimmed_later(sql, stored))
    cells = sql.cells(rows.source.relation, later=later)
    if _known_already(rows, table, keys, cells):
        return None
    before = count(draft, table)
    # Pushed below the values, the test of each row would work them out a second time.
    with (
        draft.without_optimizers("filter_pushdown", SIDES),
        draft.following(rows.phases.advance),
    ):
        draft.insert(table, Query(cells, *sql.staged(), *sql.rows_of(table)))
    if not _tidy(rows, table, stored, later.trimmed) or has_key_twice(draft, table, keys):
        draft.execute(f"DELETE FROM {table} WHERE load_id = ?", (sql.load_id,))
        return None
    kept = count(draft, table) - before
    hidden = of_table(rows)
    if kept < rows.source.rows:
        refuse_unwritten(rows, (cells,))
    return rows.counts(kept=kept, taken_out=hidden)


def _tidied_later(sql: FileSql) -> dict[str, str]:
    """Columns of the file that go unchecked into a column of the table, by name: that column.

    Once stored, such a column is tested for placeholders and blanks at almost no cost.
    """
    mapping = sql.mapping
    names = list(mapping.references())
    later: dict[str, str] = {}
    for name, assigned in mapping.main.columns.items():
        alone = assigned.alone if isinstance(assigned, Template) else None
        source = alone.names[0] if alone and len(alone.names) == 1 else ""
        column = mapping.columns.get(source)
        if column is None or column.when or column.keep_placeholders:
            continue
        if source in mapping.values and mapping.values[source].otherwise is not Otherwise.KEEP:
            continue
        if understood(mapping, source).kind is Kind.TEXT and names.count(source) == 1:
            later[source] = name
    return {} if ROW_KEY in names else later


def _trimmed_later(sql: FileSql, stored: dict[str, str]) -> frozenset[str]:
    """Those of them in which blanks around a text disturb nothing until then."""
    known = fields(sql.mapping.main.into)
    return frozenset(
        source
        for source, name in stored.items()
        if not known[name].checks
        and source not in sql.mapping.values
        and sql.mapping.columns[source].default is None
        and sql.mapping.columns[source].extract is None
        and sql.mapping.columns[source].split is None
    )


def _known_already(rows: FileRows, table: str, keys: str, cells: Step) -> bool:
    """Whether the file's first rows are in the table: then it is a newer state of old records."""
    draft, sql = rows.draft, rows.sql
    if not holds_any(draft, table):
        return False
    own_rows = sql.rows_of(table)
    (known,) = draft.query(
        Query(
            Step(CELLS, f"SELECT * FROM ({cells.sql}) AS texts LIMIT {_ROWS_PROBED}"),
            *sql.staged(),
            *own_rows,
            Step(
                "known_rows",
                f"SELECT count(*) AS known FROM {own_rows[-1].name} "
                f"SEMI JOIN {table} USING ({keys})",
            ),
        )
    ).row(0)
    return bool(known)


def _tidy(rows: FileRows, table: str, stored: dict[str, str], trimmed: frozenset[str]) -> bool:
    """Take blanks and placeholders out of stored columns.

    False when a value would then be missing that must not be.
    """
    draft = rows.draft
    for source, name in stored.items():
        column = identifier(name)
        default = rows.sql.mapping.columns[source].default
        tests = [(are_placeholders(column), "NULL" if default is None else literal(default))]
        if source in trimmed:
            tests.insert(0, (may_have_blanks(column), f"nullif({without_blanks(column)}, '')"))
        for untidy, instead in tests:
            own = f"load_id = {literal(rows.sql.load_id)} AND {untidy}"
            found, lost = draft.one(
                f"SELECT count(*), count(*) FILTER (WHERE {instead} IS NULL) "
                f"FROM {table} WHERE {own}"
            )
            if lost and not fields(table)[name].nullable:
                return False
            if found:
                draft.execute(
                    f"UPDATE {table} SET {column} = {instead} "
                    f"WHERE {own} AND {column} IS DISTINCT FROM {instead}"
                )
    return True
