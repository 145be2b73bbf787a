"""The list of files that a rewriting replaces: written before it is published, obeyed after.

A writer that dies between the two leaves the list, and the next writer obeys it. It counts only
when `CURRENT` names the successor that stands on its first line; else the rewriting was never
published and the files are the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from data.storage.files import remove, synchronise

FILE_NAME = "OBSOLETE"


@dataclass(frozen=True, slots=True)
class Obsolete:
    """File names in a store's folder that are to be deleted once `successor` is current."""

    successor: str
    names: tuple[str, ...]


def write_obsolete(folder: Path, obsolete: Obsolete) -> None:
    """Write the list whole. The folder is not synchronised."""
    part = folder / f"{FILE_NAME}.part"
    part.write_text("\n".join((obsolete.successor, *obsolete.names)) + "\n", encoding="ascii")
    part.chmod(0o600)
    synchronise(part)
    part.replace(folder / FILE_NAME)


def read_obsolete(folder: Path) -> Obsolete | None:
    """The list, or None where there is none. Names with a folder in them are left out."""
    try:
        text = (folder / FILE_NAME).read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return None
    successor, *names = text.splitlines() or [""]
    return Obsolete(successor, tuple(name for name in names if name == Path(name).name))


def delete_obsolete(folder: Path, obsolete: Obsolete) -> None:
    """Delete the files and then the list, which is gone only when they are."""
    for name in obsolete.names:
        remove(folder / name)
    synchronise(folder)
    drop_obsolete(folder)


def drop_obsolete(folder: Path) -> None:
    """Delete the list alone."""
    remove(folder / FILE_NAME)
    synchronise(folder)
