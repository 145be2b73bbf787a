"""Columns of which a file tells one value for all its rows: above its header, or in its name."""

from __future__ import annotations

from data.engine.patterns import first_match
from loaders.mapping import Mapping
from loaders.mapping_column import Column
from loaders.reading.source import Source


def with_told_once(mapping: Mapping, source: Source) -> Mapping:
    """The mapping in which such columns have what this file tells as their default.

    A column keeps its own default where the file tells nothing.
    """
    told = {
        name: column.model_copy(update={"default": value})
        for name, column in mapping.columns.items()
        if (value := _value(column, source)) is not None
    }
    return mapping.model_copy(update={"columns": mapping.columns | told}) if told else mapping


def places(mapping: Mapping) -> dict[str, str]:
    """Where each of these columns that has a value has it from, in words."""
    return {
        name: place_of(column)
        for name, column in mapping.columns.items()
        if not column.source and column.default is not None
    }


def place_of(column: Column) -> str:
    """Where such a column has its value from, in words."""
    return "lines above the header" if column.above is not None else "file name"


def _value(column: Column, source: Source) -> str | None:
    if column.above is not None:
        return first_match(column.above, source.above)
    if column.file_name is not None:
        return first_match(column.file_name, source.path.name)
    return None
