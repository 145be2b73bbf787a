"""Salesforce ids: 15 characters in reports, 18 in exports, one record."""

from __future__ import annotations

_SHORT = "^(?:00[0-9A-Za-z]|701|a[0-9A-Z][0-9A-Za-z])[0-9A-Za-z]{12}$"
_CHECKS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


def whole_id(text: str) -> str:
    """SQL of the 18-character id of a text that may hold one of 15; anything else is kept.

    The last three characters say which of the 15 are capitals, so they can be worked out.
    """
    checks = " || ".join(
        f"substr('{_CHECKS}', 1 + {_capitals(text, block * 5)}, 1)" for block in range(3)
    )
    return (
        f"CASE WHEN strlen({text}) = 15 AND regexp_matches({text}, '{_SHORT}') "
        f"THEN {text} || {checks} ELSE {text} END"
    )


def _capitals(text: str, start: int) -> str:
    """SQL of the five bits, the first character's the lowest."""
    bits = (
        f"CASE WHEN substr({text}, {start + bit + 1}, 1) BETWEEN 'A' AND 'Z' THEN {1 << bit} "
        "ELSE 0 END"
        for bit in range(5)
    )
    return f"({' + '.join(bits)})"
