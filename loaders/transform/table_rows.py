"""The rows of one canonical table that a file becomes, one per key, as steps over `staged_rows`."""

from __future__ import annotations

from data.schema.canonical_people import PEOPLE
from data.schema.contract import key
from data.schema.fields import fields
from data.schema.tables import CANONICAL
from data.sql import Step, identifier, literal
from loaders.language.ends import ENDED, ends_any
from loaders.language.model import Mapping, TableRows
from loaders.transform.cells import unlisted
from loaders.transform.erased import ERASED, is_about_erased, left_out, without_text
from loaders.transform.expressions import assigned_sql, first_value, when_sql


def table_rows(
    mapping: Mapping, table: str, load_id: str, *, knows_erased: bool
) -> tuple[Step, ...]:
    """The steps from `staged_rows` to the rows of a table; the last is named after it.

    A row of the file without the key of another table than its own says nothing about it and
    gives no row. Where several rows of the file are about one key, the last value wins; of what
    one row says in several [[table]], the one written last. Where a [[table]] names the newest
    row, that row counts whole, wherever in the file it stands. `knows_erased` is whether
    `staged_rows` knows which rows are about erased people.
    """
    entries = [rows for rows in mapping.tables if rows.into == table]
    names = ", ".join(identifier(name) for name in fields(table))
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    steps: list[Step] = []
    entry_steps: list[str] = []
    for place, rows in enumerate(entries):
        order = _place_in_file(rows, place, of=len(entries))
        entry = _entry(mapping, rows, load_id, order, knows_erased=knows_erased)
        steps.append(Step(f"{table}_entries_{place + 1}", entry))
        if rows.newest:
            newest = _newest(steps[-1].name, keys, names)
            steps.append(Step(f"newest_{table}_entries_{place + 1}", newest))
        entry_steps.append(steps[-1].name)
    added = {name for rows in entries for name in rows.add}
    only = entries[0] if len(entries) == 1 else None
    if only and (only.newest or (only is mapping.main and not only.has_several)):
        return *steps, Step(f"{table}_rows", f"SELECT {names} FROM {entry_steps[0]}")
    merged = ", ".join(
        _of_several(name, field.sql_type, key=name in key(CANONICAL[table]), added=name in added)
        for name, field in fields(table).items()
    )
    if len(entry_steps) > 1:
        every = " UNION ALL ".join(f"SELECT * FROM {name}" for name in entry_steps)
        steps.append(Step(f"all_{table}_entries", every))
    select = f"SELECT {merged} FROM {steps[-1].name} AS entries GROUP BY {keys}"
    return *steps, Step(f"{table}_rows", select)


def about_erased(mapping: Mapping) -> list[str]:
    """SQL over `valued_rows`: the row becomes one of its file's own table about an erased person.

    One condition for each [[table]] whose rows say by themselves whom they are about.
    """
    found = []
    for rows in mapping.tables:
        if rows.into != mapping.main.into or rows.listed:
            continue
        values = _values(mapping, rows)
        if condition := is_about_erased(rows.into, values):
            found.append(f"coalesce(({when_sql(mapping, rows.when)}) AND {condition}, false)")
    return found


def _values(mapping: Mapping, rows: TableRows) -> dict[str, str]:
    return {
        name: assigned_sql(mapping, field, rows.columns.get(name))
        for name, field in fields(rows.into).items()
    }


def _place_in_file(rows: TableRows, place: int, *, of: int) -> str:
    """SQL of what orders rows about one key: the last one wins. No two of a file's are equal."""
    if rows.newest is None:
        return f"line * {of} + {place}" if of > 1 else "line"
    newest = first_value(rows.newest)
    return f"row({newest} IS NOT NULL, {newest}, {place})"


def _newest(entries: str, keys: str, names: str) -> str:
    """Of each key the newest row; of equally new ones the same, whatever their order."""
    contents = ", ".join(f"{name} DESC NULLS LAST" for name in names.split(", "))
    return (
        f"SELECT * FROM {entries} AS versions QUALIFY row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY place_in_file DESC, {contents}) = 1"
    )


def _entry(
    mapping: Mapping, rows: TableRows, load_id: str, order: str, *, knows_erased: bool
) -> str:
    """SELECT of what one [[table]] makes of the rows of the file, and of `place_in_file`."""
    values = _values(mapping, rows) | {"load_id": literal(load_id)}
    selected = ", ".join(
        f"{without_text(rows.into, name, value, values, knows_erased)} AS {identifier(name)}"
        for name, value in values.items()
    )
    conditions = ["ok", f"({when_sql(mapping, rows.when)})"]
    if ends_any(mapping):
        conditions.append(f"v_{ENDED} = {rows.ends}")
    if rows.into in PEOPLE and knows_erased and not left_out(mapping):
        conditions.append(f"NOT v_{ERASED}")
    if not left_out(mapping) and (about_erased := is_about_erased(rows.into, values)):
        conditions.append(f"NOT {about_erased}")
    if rows is not mapping.main:
        conditions += [f"{values[name]} IS NOT NULL" for name in key(CANONICAL[rows.into])]
    staged = unlisted(rows.list_column, "staged_rows") if rows.list_column else "staged_rows"
    where = " AND ".join(conditions)
    return f"SELECT {order} AS place_in_file, {selected} FROM {staged} WHERE {where}"


def _of_several(name: str, sql_type: str, *, key: bool, added: bool) -> str:
    """SQL of a column where several rows of the file are about one key."""
    column = identifier(name)
    if key:
        return column
    if added:
        return f"CAST(sum({column}) AS {sql_type}) AS {column}"
    return f"arg_max({column}, place_in_file) AS {column}"
