"""One [[table]] for several columns: written out once for each of them."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from loaders.language.column import Part

EACH = "each"
"""Inside a [[table]] with one row for each of several columns: the name of the entry."""


EACH_VALUE = "each_value"
"""Inside such a [[table]]: the value of the entry's column."""


EACH_PLACE = "each_place"
"""Inside such a [[table]]: the place of the value among all of them, from 1 on."""


def for_each(rows: dict[str, Any], entries: object) -> list[dict[str, Any]]:
    """The rows of a [[table]] once for each entry, where its column has a value.

    `entries` are names and the columns they stand for, or one column that lists values, of which
    these rows then are made one after the other. Raises ValueError when they are not, or
    when `{each}` is one of several alternatives.
    """
    if isinstance(entries, str):
        return [_for_one(rows | {"listed": True}, None, entries, None)]
    if not isinstance(entries, dict) or not entries:
        raise ValueError('write { name = "column", other = "column" }')
    if not all(isinstance(column, str) for column in entries.values()):
        raise ValueError("an entry names one column")
    return [
        _for_one(rows, entry, column, place)
        for place, (entry, column) in enumerate(entries.items(), start=1)
    ]


def _for_one(
    rows: dict[str, Any], entry: str | None, column: str, place: int | None
) -> dict[str, Any]:
    present = {"column": column, "present": True}
    when = rows.get("when", ())
    conditions = when if isinstance(when, list | tuple) else (when,)
    return rows | {
        "each": column,
        "when": (present, *(_tested(condition, column) for condition in conditions)),
        "columns": {
            name: _filled(value, entry, column, place) if isinstance(value, Template) else value
            for name, value in rows["columns"].items()
        },
    }


def _tested(condition: object, column: str) -> object:
    if isinstance(condition, dict) and condition.get("column") == EACH_VALUE:
        return condition | {"column": column}
    return condition


def _filled(template: Template, entry: str | None, column: str, place: int | None) -> Template:
    parts: list[str | Reference] = []
    for part in template.parts:
        if isinstance(part, str):
            parts.append(part)
        elif part.names == (EACH,) and entry is not None:
            parts.append(entry)
        elif part.names == (EACH_PLACE,) and place is not None:
            parts.append(str(place))
        elif EACH in part.names and entry is not None:
            raise ValueError("{each} always has a value: it stands alone in its braces")
        else:
            names = tuple(column if name == EACH_VALUE else name for name in part.names)
            parts.append(Reference(names=names))
    return Template(parts=tuple(parts))


_REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*(?:\|[a-z][a-z0-9_]*)*)\}")


class Reference(Part):
    """The value of a column; of the first one that has a value when several are named."""

    names: tuple[str, ...]


def _first_of(value: object) -> object:
    return {"names": tuple(value.split("|"))} if isinstance(value, str) else value


FirstOf: TypeAlias = Annotated[Reference, BeforeValidator(_first_of, json_schema_input_type=str)]
"""A column, or several as `changed|created`: the first of them that has a value."""


class Template(Part):
    """Text in which `{column}` stands for a column's value and all else for itself.

    >>> Template.parse("{campaign}:{day|week}").parts
    (Reference(names=('campaign',)), ':', Reference(names=('day', 'week')))
    """

    parts: tuple[str | Reference, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Cut a text at its references. Raises ValueError on a brace that is not one."""
        parts: list[str | Reference] = []
        end = 0
        for match in _REFERENCE.finditer(text):
            if match.start() > end:
                parts.append(text[end : match.start()])
            parts.append(Reference(names=tuple(match[1].split("|"))))
            end = match.end()
        if end < len(text) or not text:
            parts.append(text[end:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            raise ValueError("write a column as {name}, in small letters, digits and _")
        return cls(parts=tuple(parts))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The columns it names, in order."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def alone(self) -> Reference | None:
        """The reference that is the whole text, so that its value keeps its type."""
        (first, *rest) = self.parts
        return first if isinstance(first, Reference) and not rest else None


Assigned: TypeAlias = Template | bool | int | float
