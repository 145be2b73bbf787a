"""Records that can not be read, kept with their line and the reason."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

from data.errors import SourceError
from data.sql import literal

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def add(self, line: int, reason: str, raw: bytes) -> None:
        """Keep one record. Bytes that are no text show as escapes, a long record is cut."""
        text = raw[:_RAW_BYTES].decode("utf-8", "backslashreplace").rstrip("\r\n")
        self._file.write(json.dumps({"line": line, "reason": reason, "raw": text}) + "\n")
        self.rows += 1
        self.first = self.first or f"line {line}: {reason}"

    def refuse_if_most(self, rows: int, name: str) -> None:
        """Raise SourceError if so many records are damaged that the file is read in a wrong way."""
        if self.rows >= _MANY and self.rows > rows:
            raise SourceError(
                f"{name}: {self.rows:,} records can not be read and only {rows:,} can, "
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
