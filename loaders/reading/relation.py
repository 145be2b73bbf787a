"""The statements by which the engine reads a checked file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from data.errors import EngineError, SourceError
from data.sql import identifier, literal

_NO_MEMORY = "Out of Memory"

_OWN_MISTAKE = "INTERNAL Error"

_NOT_OPENED = "Cannot open file"


@contextmanager
def blamed_on(name: str) -> Iterator[None]:
    """Blame damage that only the engine sees, as in a page of a Parquet file, on the file `name`.

    Raises SourceError, and after a failure that the engine does not survive an error that ends
    the process: MemoryError or RuntimeError.

    >>> with blamed_on("a.parquet"):
    ...     raise EngineError("Invalid page", step=None, sql="SELECT 1")
    Traceback (most recent call last):
    ...
    data.errors.SourceError: a.parquet cannot be read to its end (Invalid page). It is ...
    """
    try:
        yield
    except EngineError as error:
        reason = error.reason.splitlines()[0]
        if reason.startswith(_NO_MEMORY):
            # An engine without memory cannot even roll back.
            raise MemoryError(reason) from error
        if reason.startswith(_OWN_MISTAKE):
            # Some damage leads to one, and after it the engine refuses everything.
            raise RuntimeError(reason) from error
        if _NOT_OPENED in reason:  # though it was opened a moment ago
            raise SourceError(
                f"{name} can no longer be read ({reason}). Check that it is still there and may be "
                "read, and load it again."
            ) from error
        raise SourceError(
            f"{name} cannot be read to its end ({reason}). It is probably damaged; export it again."
        ) from error


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
    """SELECT from a CSV file in which every record is known to be good: nothing is tolerated.

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
