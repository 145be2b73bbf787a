"""The rows of one canonical table that a file becomes, one per key, as SQL over `staged`."""

from __future__ import annotations

from data.schema.contract import key
from data.schema.fields import fields
from data.schema.personal import PEOPLE
from data.schema.tables import CANONICAL
from data.sql import identifier, literal
from loaders.language.model import Mapping, TableRows
from loaders.transform.cells import unlisted
from loaders.transform.erased import ERASED, left_out, without_text
from loaders.transform.expressions import assigned_sql, first_value, when_sql


def table_rows(mapping: Mapping, table: str, load_id: str, *, tells_erased: bool) -> str:
    """SELECT of the rows of a table from `staged`.

    A row of the file without the key of another table than its own tells nothing about it and
    gives no row. Where several rows of the file tell about one key, the last value wins; of what
    one row tells in several [[table]], the one written last. Where a [[table]] says what tells
    the newest row, that row counts whole, wherever in the file it stands. `tells_erased` is
    whether `staged` knows which rows are about erased people.
    """
    entries = [rows for rows in mapping.tables if rows.into == table]
    names = ", ".join(identifier(name) for name in fields(table))
    keys = ", ".join(identifier(name) for name in key(CANONICAL[table]))
    selects = []
    for place, rows in enumerate(entries):
        at = _told_at(rows, place, of=len(entries))
        select = _entry(mapping, rows, load_id, at, tells_erased=tells_erased)
        selects.append(_newest(select, keys, names) if rows.newest else select)
    added = {name for rows in entries for name in rows.add}
    only = entries[0] if len(entries) == 1 else None
    if only and (only.newest or (only is mapping.main and not only.has_several)):
        return f"SELECT {names} FROM ({selects[0]}) AS told"
    merged = ", ".join(
        _of_several(name, field.sql_type, key=name in key(CANONICAL[table]), added=name in added)
        for name, field in fields(table).items()
    )
    return f"SELECT {merged} FROM ({' UNION ALL '.join(selects)}) AS told GROUP BY {keys}"


def _told_at(rows: TableRows, place: int, *, of: int) -> str:
    """SQL of what orders rows about one key: the last one wins. No two of a file's are equal."""
    if rows.newest is None:
        return f"line * {of} + {place}" if of > 1 else "line"
    told = first_value(rows.newest)
    return f"row({told} IS NOT NULL, {told}, {place})"


def _newest(select: str, keys: str, names: str) -> str:
    """Of each key the newest row; of equally new ones the same, whatever their order."""
    contents = ", ".join(f"{name} DESC NULLS LAST" for name in names.split(", "))
    return (
        f"SELECT * FROM ({select}) AS versions QUALIFY row_number() OVER "
        f"(PARTITION BY {keys} ORDER BY told_at DESC, {contents}) = 1"
    )


def _entry(
    mapping: Mapping, rows: TableRows, load_id: str, told_at: str, *, tells_erased: bool
) -> str:
    """SELECT of what one [[table]] makes of the rows of the file, and of `told_at`."""
    known = fields(rows.into)
    values = {
        name: literal(load_id)
        if name == "load_id"
        else assigned_sql(mapping, field, rows.columns.get(name))
        for name, field in known.items()
    }
    selected = ", ".join(
        f"{without_text(rows.into, name, value, values, tells_erased)} AS {identifier(name)}"
        for name, value in values.items()
    )
    conditions = ["ok", f"({when_sql(mapping, rows.when)})"]
    if rows.into in PEOPLE and tells_erased and not left_out(mapping):
        conditions.append(f"NOT v_{ERASED}")
    if rows is not mapping.main:
        conditions += [f"{values[name]} IS NOT NULL" for name in key(CANONICAL[rows.into])]
    staged = unlisted(rows.list_column, "staged") if rows.list_column else "staged"
    return f"SELECT {told_at} AS told_at, {selected} FROM {staged} WHERE {' AND '.join(conditions)}"


def _of_several(name: str, sql_type: str, *, key: bool, added: bool) -> str:
    """SQL of a column where several rows of the file tell about one key."""
    column = identifier(name)
    if key:
        return column
    if added:
        return f"CAST(sum({column}) AS {sql_type}) AS {column}"
    return f"arg_max({column}, told_at) AS {column}"
