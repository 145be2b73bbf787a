"""A cell that lists several values, as SQL over its pieces.

In SQL a piece is called like the column's value, which it stands for wherever it is looked at.
"""

from __future__ import annotations

from collections.abc import Callable

from data.sql import literal
from loaders.blanks import without_blanks
from loaders.cells import is_placeholder
from loaders.language.column import Column

_PIECE = "piece"


def pieces(column: Column, text: str) -> str:
    """SQL of the pieces of a text that is split: without blank ones and placeholders."""
    split = f"string_split({text}, {literal(column.split or '')})"
    trimmed = f"list_transform({split}, lambda {_PIECE}: {without_blanks(_PIECE)})"
    told = f"{_PIECE} <> ''"
    if not column.keep_placeholders:
        told += f" AND NOT {is_placeholder(_PIECE)}"
    return f"list_filter({trimmed}, lambda {_PIECE}: {told})"


def of_each(column: Column, text: str, value_of: Callable[[str], str]) -> str:
    """SQL of the list of what each piece of a text becomes."""
    return f"list_transform({pieces(column, text)}, lambda {_PIECE}: {value_of(_PIECE)})"


def first_that(column: Column, text: str, holds: Callable[[str], str]) -> str:
    """SQL of the first piece of a text for which a condition holds; missing where none is."""
    return f"list_filter({pieces(column, text)}, lambda {_PIECE}: {holds(_PIECE)})[1]"


def unlisted(name: str, relation: str) -> str:
    """A relation with a row for each value in a column's list."""
    return f"(SELECT * REPLACE (unnest(v_{name}) AS v_{name}) FROM {relation}) AS pieces"


def any_value(name: str, condition: str) -> str:
    """SQL: a condition on a column's value holds for one of its list."""
    return f"list_contains(list_transform(v_{name}, lambda v_{name}: ({condition})), true)"


def first_value(name: str, condition: str, value: str) -> str:
    """SQL of what is made of the first value in a column's list for which a condition holds."""
    made = f"list_transform(v_{name}, lambda v_{name}: CASE WHEN {condition} THEN {value} END)"
    return f"list_filter({made}, lambda made: made IS NOT NULL)[1]"
