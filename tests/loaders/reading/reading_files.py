"""Opens a file and lets the engine read it, as a load does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.engine.draft import Draft
from loaders.reading.file import open_source
from loaders.reading.source import Limits, ReadSettings, Source
from tests.drafts import new_draft


@dataclass(frozen=True)
class Damaged:
    line: int
    reason: str
    raw: str


@dataclass(frozen=True)
class Read:
    source: Source
    rows: list[tuple[Any, ...]]
    """Values without the line."""
    lines: list[int]
    damaged: list[Damaged]


@dataclass(frozen=True)
class Reader:
    draft: Draft
    work: Path

    def read(
        self, path: Path, settings: ReadSettings | None = None, limits: Limits | None = None
    ) -> Read:
        source = open_source(path, settings or ReadSettings(), self.work, limits or Limits())
        table = self.draft.query(source.relation)
        assert table.columns == [*source.columns, "line"]
        damaged = self.draft.query(source.damaged)
        assert damaged.columns == ["line", "reason", "raw"]
        assert (table.height, damaged.height) == (source.rows, source.rows_damaged)
        return Read(
            source=source,
            rows=table.drop("line").rows(),
            lines=table["line"].to_list(),
            damaged=[Damaged(*row) for row in damaged.rows()],
        )

    def read_text(self, text: str | bytes, settings: ReadSettings | None = None) -> Read:
        path = self.work / "export.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.read(path, settings)


@contextmanager
def reader_in(folder: Path) -> Iterator[Reader]:
    with new_draft(folder / "draft.duckdb", threads=2) as draft:
        yield Reader(draft, folder)
