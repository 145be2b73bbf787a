"""Texts of a mapping in which braces stand for the values of columns."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator

from loaders.mapping_part import Part

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
