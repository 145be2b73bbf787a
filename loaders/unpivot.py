"""One [[table]] for several columns: written out once for each of them."""

from __future__ import annotations

from typing import Any

from loaders.templates import Reference, Template

EACH = "each"
"""The name of the entry, inside a [[table]] that has one row for each of several columns."""

EACH_VALUE = "each_value"
"""The value of the entry's column there."""


def for_each(rows: dict[str, Any], entries: object) -> list[dict[str, Any]]:
    """The rows of a [[table]] once for each entry, where its column has a value.

    `entries` are names and the columns they stand for, or one column that lists values, of which
    these rows then are made one after the other. Raises ValueError when they are not, or
    when `{each}` is one of several alternatives.
    """
    if isinstance(entries, str):
        return [_for_one(rows | {"listed": True}, None, entries)]
    if not isinstance(entries, dict) or not entries:
        raise ValueError('write { name = "column", other = "column" }')
    if not all(isinstance(column, str) for column in entries.values()):
        raise ValueError("an entry names one column")
    return [_for_one(rows, entry, column) for entry, column in entries.items()]


def _for_one(rows: dict[str, Any], entry: str | None, column: str) -> dict[str, Any]:
    present = {"column": column, "present": True}
    when = rows.get("when", ())
    conditions = when if isinstance(when, list | tuple) else (when,)
    return rows | {
        "each": column,
        "when": (present, *(_tested(condition, column) for condition in conditions)),
        "columns": {
            name: _filled(value, entry, column) if isinstance(value, Template) else value
            for name, value in rows["columns"].items()
        },
    }


def _tested(condition: object, column: str) -> object:
    if isinstance(condition, dict) and condition.get("column") == EACH_VALUE:
        return condition | {"column": column}
    return condition


def _filled(template: Template, entry: str | None, column: str) -> Template:
    parts: list[str | Reference] = []
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part)
        elif part.names == (EACH,) and entry is not None:
            parts.append(entry)
        elif EACH in part.names and entry is not None:
            raise ValueError("{each} always has a value: it stands alone in its braces")
        else:
            names = tuple(column if name == EACH_VALUE else name for name in part.names)
            parts.append(Reference(names=names))
    return Template(parts=tuple(parts))
