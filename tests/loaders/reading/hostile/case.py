"""One hostile file: how to make it, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEADER = b"lead_id,created_at,channel\n"

ROW = b"L1,2026-01-01,Email\n"

GOOD = HEADER + ROW


@dataclass(frozen=True)
class Refused:
    """The file as a whole is refused, with words that match."""

    name: str
    content: bytes | Callable[[Path], None]
    said: str


@dataclass(frozen=True)
class Read:
    """The file is loaded: so many rows are kept, so many refused."""

    name: str
    content: bytes | Callable[[Path], None]
    kept: int
    rejected: int = 0


def make(case: Refused | Read, folder: Path) -> Path:
    """The file of a case in a folder."""
    path = folder / case.name
    if isinstance(case.content, bytes):
        path.write_bytes(case.content)
    else:
        case.content(path)
    return path
