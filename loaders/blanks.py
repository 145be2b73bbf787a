"""Blanks around a text: what no eye sees is no part of a value."""

from __future__ import annotations

_BLANK = r"[\s\v\x{85}\p{Z}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}-\x{206F}\x{FEFF}]"


def without_blanks(text: str) -> str:
    """SQL of a text without blanks at its ends; those between its words stay.

    Blanks are the white space of any script, with the no-break and the wide one, and the marks
    without width that copied text brings along. One pattern costs less than `trim` with a list.
    """
    return f"regexp_replace({text}, '^{_BLANK}+|{_BLANK}+$', '', 'g')"


def column_without_blanks(column: str) -> str:
    """The same of a column, which costs nothing to name again: the pattern is for rare texts."""
    return f"CASE WHEN {may_have_blanks(column)} THEN {without_blanks(column)} ELSE {column} END"


def may_have_blanks(text: str) -> str:
    """SQL: whether a text may have blanks at its ends, or is empty; cheaper than looking for them.

    A text that begins and ends with a visible ASCII character has none.
    """
    return f"({text} < '!' OR {text} >= chr(127) OR {text}[-1] < '!' OR {text}[-1] >= chr(127))"
