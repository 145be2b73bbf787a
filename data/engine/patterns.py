"""Whether the engine can run a pattern, asked of the engine itself."""

from __future__ import annotations

from functools import cache

import duckdb

from data.errors import BackcastError
from data.sql import literal


class PatternError(BackcastError):
    """A regular expression that the engine does not understand."""


@cache
def has_group(pattern: str) -> bool:
    """Does a regular expression have a group, so that a part of what it matches is wanted?

    Raises PatternError in the engine's words (RE2) when it is not one.

    >>> has_group(r"#(\\d+)"), has_group(r"\\d+")
    (True, False)
    """
    with duckdb.connect() as connection:
        try:
            connection.execute("SELECT regexp_matches('', $1)", [pattern]).fetchall()
        except duckdb.Error as failure:
            reason = str(failure).partition("Error: ")[2] or str(failure)
            raise PatternError(reason) from failure
        try:
            # Names for more groups than there are, are refused.
            connection.execute(
                f"SELECT regexp_extract('', {literal(pattern)}, ['group'])"
            ).fetchall()
        except duckdb.Error:
            return False
    return True


def first_match(pattern: str, text: str) -> str | None:
    """The first group of what a regular expression finds in a text, else all that it matches.

    Without blanks around it. None where nothing is found, or only blanks.

    >>> first_match(r"week (\\d+)", "spend week 12.csv"), first_match(r"week (\\d+)", "spend.csv")
    ('12', None)
    """
    group = 1 if has_group(pattern) else 0
    with duckdb.connect() as connection:
        (found,) = connection.execute(
            f"SELECT regexp_extract($1, {literal(pattern)}, {group})", [text]
        ).fetchall()[0]
    return str(found or "").strip() or None
