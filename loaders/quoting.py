"""Names and text as SQL writes them."""

from __future__ import annotations


def identifier(name: str) -> str:
    """A name in double quotes.

    >>> print(identifier("Lead ID"))
    "Lead ID"
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in single quotes.

    >>> print(literal("Demo'd"))
    'Demo''d'
    """
    return "'" + text.replace("'", "''") + "'"
