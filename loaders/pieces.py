"""The piece of a cell's text that a column wants: what a pattern finds, or one of several parts."""

from __future__ import annotations

from data.engine.patterns import has_group
from data.sql import literal
from loaders.blanks import without_blanks
from loaders.language.column import Column


def piece(column: Column, text: str) -> str:
    """SQL of the piece of a text; empty or missing where the text has no such piece.

    The pattern comes first, then the parts. Spaces count once where a text is split at them.
    """
    if column.extract is not None:
        group = 1 if has_group(column.extract) else 0
        text = without_blanks(f"regexp_extract({text}, {literal(column.extract)}, {group})")
    if column.split is not None and column.part is not None:
        if column.split.isspace():
            text = f"regexp_replace({text}, '\\s+', {literal(column.split)}, 'g')"
        text = without_blanks(f"split_part({text}, {literal(column.split)}, {column.part})")
    return text
