"""A file in pieces of whole lines, so that memory does not grow with the file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.errors import SourceError
from loaders.source import Limits

_CHUNK_BYTES = 4 * 1024**2


def line_chunks(
    path: Path,
    limits: Limits,
    name: str,
    *,
    bytes_before: int = 0,
    lines_before: int = 0,
    line_end: bytes = b"\n",
) -> Iterator[tuple[int, bytes]]:
    """Pieces of a file: the number of their first line, and whole lines.

    It starts behind `bytes_before`, which hold `lines_before`. A last line without an end is
    given `line_end`. Raises SourceError for a line longer than the limit.
    """
    line = lines_before + 1
    carried = b""
    with path.open("rb") as file:
        file.seek(bytes_before)
        while piece := file.read(min(_CHUNK_BYTES, limits.max_line_bytes)):
            first_end = piece.find(b"\n")
            if len(carried) + (first_end if first_end >= 0 else len(piece)) > limits.max_line_bytes:
                raise SourceError(
                    f"{name} line {line} is longer than {limits.max_line_bytes:,} bytes. "
                    "It is probably not the export it should be, or a quote is not closed; "
                    "export it again."
                )
            if first_end < 0:
                carried += piece
                continue
            end = piece.rfind(b"\n") + 1
            chunk = carried + piece[:end]
            yield line, chunk
            line += chunk.count(b"\n")
            carried = piece[end:]
    if carried:
        yield line, carried + line_end
