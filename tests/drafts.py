"""New drafts for tests: to copy an empty one is quicker than to make its hundred tables."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from data.engine.draft import Draft


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.duckdb"
        Draft.open(path, threads=1).close()
        return path.read_bytes()


def new_draft(path: Path, *, memory_limit: str = "2GB", threads: int | None = None) -> Draft:
    """As `Draft.open`, with all tables there already where the file is new."""
    if not path.exists():
        path.write_bytes(_empty())
    return Draft.open(path, memory_limit=memory_limit, threads=threads)
