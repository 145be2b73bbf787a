"""A file in pieces of whole lines, so that memory does not grow with the file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from data.errors import SourceError
from data.sql import literal
from loaders.reading.source import Limits

_CHUNK_BYTES = 1024**2  # so that the work on a piece stays in the cache of a processor


# Not an argument: every kind of file would have to pass it on, and none of them needs it.
_on_share: ContextVar[Callable[[float], None] | None] = ContextVar("on_share", default=None)


@contextmanager
def following_reads(on_share: Callable[[float], None]) -> Iterator[None]:
    """Report the share of a file, 0 to 1, that was read between its pieces in the block.

    A file that is read twice starts again at 0. A file of a single piece is not reported.
    """
    before = _on_share.set(on_share)
    try:
        yield
    finally:
        _on_share.reset(before)


def line_chunks(
    path: Path,
    limits: Limits,
    name: str,
    *,
    bytes_before: int = 0,
    line_end: bytes = b"\n",
) -> Iterator[bytes]:
    """Whole lines of a file from `bytes_before` on, about a megabyte at a time.

    A last line without an end gets `line_end`. Raises SourceError for a line over the limit.
    """
    carried: list[bytes] = []
    carried_bytes = 0
    on_share, size = _on_share.get(), path.stat().st_size
    with path.open("rb") as file:
        file.seek(bytes_before)
        while piece := file.read(min(_CHUNK_BYTES, limits.max_line_bytes)):
            first_end = piece.find(b"\n")
            if (
                carried_bytes + (first_end if first_end >= 0 else len(piece))
                > limits.max_line_bytes
            ):
                line = _line_at(path, file.tell() - len(piece))
                raise SourceError(
                    f"{name} line {line} is longer than {limits.max_line_bytes:,} bytes. "
                    "It is probably not the export it should be, or a quote is not closed; "
                    "export it again."
                )
            if first_end < 0:
                carried.append(piece)
                carried_bytes += len(piece)
                continue
            end = piece.rfind(b"\n") + 1
            yield b"".join([*carried, piece[:end]])
            carried = [piece[end:]]
            carried_bytes = len(piece) - end
            if on_share is not None and file.tell() < size:
                on_share(file.tell() / size)
    if carried_bytes:
        yield b"".join([*carried, line_end])


def _line_at(path: Path, offset: int) -> int:
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(min(_CHUNK_BYTES, offset - file.tell())), b"")
        return 1 + sum(piece.count(b"\n") for piece in pieces)


_RAW_BYTES = 2000

_MANY = 100_000


NOTHING_DAMAGED = "SELECT 0::BIGINT AS line, ''::VARCHAR AS reason, ''::VARCHAR AS raw WHERE false"


class DamageWriter:
    """Writes damaged records to a file in a stream; `statement` reads them back."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = 0
        self.first: str | None = None
        self._file = path.open("w", encoding="utf-8")

    def __enter__(self) -> DamageWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, line: int, reason: str, raw: bytes) -> None:
        """Keep one record. Bytes that are no text show as escapes, a long record is cut."""
        text = raw[:_RAW_BYTES].decode("utf-8", "backslashreplace").rstrip("\r\n")
        self._file.write(json.dumps({"line": line, "reason": reason, "raw": text}) + "\n")
        self.rows += 1
        self.first = self.first or f"line {line}: {reason}"

    def refuse_if_most(self, rows: int, name: str) -> None:
        """Raise SourceError if 100,000 records are damaged, and more than are good."""
        if self.rows >= _MANY and self.rows > rows:
            raise SourceError(
                f"{name}: {self.rows:,} records cannot be read and only {rows:,} can, "
                f"{self.first}. Check the delimiter and the header line in the mapping, "
                "or export it again."
            )

    @property
    def statement(self) -> str:
        """SELECT of line, reason and raw."""
        if not self.rows:
            return NOTHING_DAMAGED
        return (
            "SELECT line, reason, raw "
            f"FROM read_ndjson({literal(str(self.path))}, "
            "columns = {'line': 'BIGINT', 'reason': 'VARCHAR', 'raw': 'VARCHAR'})"
        )
