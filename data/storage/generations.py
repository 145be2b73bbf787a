"""Which generations lie in a store's folder, and which of them readers see."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from data.errors import EmptyStoreError, StoreError
from data.storage.files import explained, is_readable

POINTER = "CURRENT"
"""The one-line file that names the current generation."""

ABANDONED = ".abandoned"
"""Suffix of a generation that was written whole but never became current."""

DAMAGED = ".damaged"
"""Suffix of a generation that cannot be read: it is kept for a repair, and counts no more."""

# The second half of a name is random: a name is never used twice, even when the folder is deleted
# and filled anew, because a process that has a file open would silently get it again.
_PUBLISHED = re.compile(r"(\d{5,})-[0-9a-f]{8}\.duckdb")

_NUMBERED = re.compile(r"(\d{5,})-[0-9a-f]{8}\.")


@dataclass(frozen=True, slots=True)
class Generation:
    """One published state of the warehouse. Its file is never written again.

    >>> Generation(12, Path("store/00012-9f86d081.duckdb")).name
    '00012'
    """

    number: int
    path: Path

    @property
    def name(self) -> str:
        """The number as people read it, five digits or more."""
        return f"{self.number:05d}"


@dataclass(frozen=True, slots=True)
class Fallback:
    """Why a store shows an older generation than its current one, and which.

    >>> shown = Generation(1, Path("store/00001-9f86d081.duckdb"))
    >>> print(Fallback(Path("store"), "the file CURRENT is missing", shown))
    The store store is damaged: the file CURRENT is missing. Version 00001 of its data is shown, ...
    """

    store: Path
    problem: str
    shown: Generation

    def __str__(self) -> str:
        """One paragraph for the user: what is damaged, what is shown, how to mend it."""
        return (
            f"The store {self.store} is damaged: {self.problem}. Version "
            f"{self.shown.name} of its data is shown, the newest that can be read; loads after it "
            "are missing. To mend it, restore the folder from a backup, or load the missing "
            f"files again. `python -m data mend` makes version {self.shown.name} the current one "
            "for good."
        )


def resolve(folder: Path) -> tuple[Generation, Fallback | None]:
    """The generation that readers see, and why when it is not the one that CURRENT names.

    Raises EmptyStoreError when nothing was ever published, StoreError when no generation can be
    read.
    """
    with explained(folder):
        named, problem = named_by_pointer(folder)
        if named is not None and is_readable(named.path):
            return named, None
        candidates = published(folder)
        readable = next((each for each in reversed(candidates) if is_readable(each.path)), None)
    if not candidates:
        raise EmptyStoreError(
            f"Nothing has been loaded into {folder} yet. Load a file on the Load page "
            "or with `python -m loaders load FILE`."
        )
    if readable is None:
        raise StoreError(
            f"No version of the data in {folder} can be read, of {len(candidates)} kept: "
            f"{problem}. Restore the folder from a backup, or move it away and load your files "
            "again."
        )
    return readable, Fallback(folder, problem, readable)


def named_by_pointer(folder: Path) -> tuple[Generation | None, str]:
    """The generation that CURRENT names, if it names one, and what is wrong otherwise."""
    try:
        text = (folder / POINTER).read_bytes()[:200].decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None, f"the file {POINTER} is missing"
    # Only a plain name is one: with a folder in it, it would lead out of the store.
    if not _PUBLISHED.fullmatch(text):
        return None, f"the file {POINTER} holds {text[:40]!r}, which is not the name of a version"
    return generation_at(folder / text), (
        f"the file {text}, which {POINTER} names, is missing or damaged"
    )


def published(folder: Path) -> list[Generation]:
    """Every generation file in the folder by number, also one that never became current."""
    found = [generation_at(each) for each in entries(folder) if _PUBLISHED.fullmatch(each.name)]
    return sorted(found, key=lambda each: each.number)


def set_aside(folder: Path, suffix: str) -> list[Generation]:
    """The generations that were renamed to one suffix, by number."""
    named = [each for each in entries(folder) if _NUMBERED.match(each.name)]
    found = [generation_at(each) for each in named if each.suffix == suffix]
    return sorted(found, key=lambda each: each.number)


def generation_at(path: Path) -> Generation:
    """The generation of a file, known by its name."""
    return Generation(int(path.name.partition("-")[0]), path)


def unused_path(folder: Path) -> Path:
    """A file name that was never used, with the next number."""
    named, _ = named_by_pointer(folder)
    names = [entry.name for entry in entries(folder)] + ([named.path.name] if named else [])
    numbers = [int(match[1]) for match in map(_NUMBERED.match, names) if match]
    return folder / f"{max(numbers, default=0) + 1:05d}-{secrets.token_hex(4)}.duckdb"


def entries(folder: Path) -> list[Path]:
    """What lies in the folder; nothing when there is none."""
    try:
        return list(folder.iterdir())
    except FileNotFoundError:
        return []
