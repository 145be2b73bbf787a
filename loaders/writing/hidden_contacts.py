"""Counts, per column, the values in which an e-mail address or a phone number was hidden."""

from __future__ import annotations

from data.sql import Query, Step, identifier, literal
from loaders.language.template import Template
from loaders.language.values import IN_ONE_TEXT
from loaders.outcome import TakenOut
from loaders.transform.clearing import CONTACT, Use, has_contact_sql, marked, trace, use_of
from loaders.transform.file_sql import CELLS, STAGED, FileSql
from loaders.writing.file_rows import FileRows


def of_cells(rows: FileRows) -> tuple[TakenOut, ...]:
    """Of all records of the file, whose text is read once or twice for it."""
    sql = rows.sql
    watched = _watched(sql)
    if not watched or not _may_hold_any(rows):
        return ()
    held = {name: has_contact_sql(f"c_{name}") for name in watched}
    return _by_header(sql, _counted(rows, CELLS, held))


def _may_hold_any(rows: FileRows) -> bool:
    marked_cells = Step("marked_cells", marked(rows.sql.mapping, rows.sql.headers, CELLS))
    suspected = Step(
        "suspected_cells",
        f"SELECT count(*) AS row_count FROM marked_cells AS cells WHERE {CONTACT}",
    )
    (row_count,) = rows.draft.query(Query(*rows.cells, marked_cells, suspected)).row(0)
    return bool(row_count)


def of_staged(rows: FileRows) -> tuple[TakenOut, ...]:
    """Of the rows in `staged_rows`; the text of the file is read again only for owners."""
    return _of_values(rows, STAGED, {name: f"v_{name}" for name in rows.sql.needed})


def of_table(rows: FileRows) -> tuple[TakenOut, ...]:
    """Of the rows that stand in their table unmerged; otherwise as `of_staged`."""
    main = rows.sql.mapping.main
    stored = {
        name: identifier(column)
        for column, assigned in main.columns.items()
        if isinstance(assigned, Template)
        for reference in assigned.references
        for name in reference.names
    }
    return _of_values(rows, f"{main.into} WHERE load_id = {literal(rows.sql.load_id)}", stored)


def _of_values(rows: FileRows, relation: str, values: dict[str, str]) -> tuple[TakenOut, ...]:
    shown, owners = {}, {}
    for name, use in _watched(rows.sql).items():
        if use is Use.OWNER:
            owners[name] = has_contact_sql(f"c_{name}")
        elif name in values:
            shown[name] = trace(values[name], use)
    for name in rows.sql.headers:
        text = f"{name}{IN_ONE_TEXT}"
        if text in values and (of_list := use_of(rows.sql.mapping, name)):
            shown[name] = trace(values[text], of_list)
    counted = _counted(rows, relation, shown) | _counted(rows, f"{CELLS} AS cells", owners)
    return _by_header(rows.sql, counted)


def _watched(sql: FileSql) -> dict[str, Use]:
    return {
        name: use
        for name in sql.headers
        if not sql.mapping.columns[name].is_list and (use := use_of(sql.mapping, name))
    }


def _counted(rows: FileRows, relation: str, conditions: dict[str, str]) -> dict[str, int]:
    if not conditions:
        return {}
    named = ", ".join(
        f"count(*) FILTER ({condition}) AS {identifier(name)}"
        for name, condition in conditions.items()
    )
    counts = rows.draft.query(
        Query(*rows.cells, Step("contact_counts", f"SELECT {named} FROM {relation}"))
    )
    return {name: int(count) for name, count in counts.row(0, named=True).items()}


def _by_header(sql: FileSql, counts: dict[str, int]) -> tuple[TakenOut, ...]:
    return tuple(
        TakenOut(column=header, values=counts[name])
        for name, header in sql.headers.items()
        if counts.get(name)
    )
