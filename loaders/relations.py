"""The statements by which the engine reads a checked file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.sql import identifier, literal

_ENGINE_LINE_BYTES = 2 * 1024**2


def numbered(records: str, *, first_line: int) -> str:
    """SELECT of records that take one line each, with their lines.

    >>> numbered("SELECT a FROM t", first_line=2)
    'SELECT *, row_number() OVER () + 1 AS line FROM (SELECT a FROM t) AS records'
    """
    number = f"row_number() OVER () + {first_line - 1}"
    return f"SELECT *, {number} AS line FROM ({records}) AS records"


def read_csv(
    path: Path,
    columns: Sequence[str],
    delimiter: str,
    *,
    lines_before: int = 0,
    quote: str = '"',
    returns: bool = False,
    longest_line: int = 0,
) -> str:
    """SELECT from a CSV file of which every record is known to be good: nothing is tolerated.

    A column called `line` is a number and comes last, all others are text. `returns`: the lines
    end with a carriage return before the line feed.
    """
    types = ", ".join(
        f"{literal(name)}: {literal('BIGINT' if name == 'line' else 'VARCHAR')}" for name in columns
    )
    selected = sorted(columns, key=lambda name: name == "line")
    # With a declared line end of CR LF the engine gives no rows at all; undeclared it finds it.
    line_end = "" if returns else ", new_line = '\\n'"
    return (
        f"SELECT {', '.join(map(identifier, selected))} FROM read_csv({literal(str(path))}, "
        f"columns = {{{types}}}, auto_detect = false, header = false, skip = {lines_before}, "
        f"delim = {literal(delimiter)}, quote = {literal(quote)}, escape = {literal(quote)}, "
        f"strict_mode = true, max_line_size = {max(_ENGINE_LINE_BYTES, 2 * longest_line)}"
        f"{line_end})"
    )
