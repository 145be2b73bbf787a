"""Checking definitions that somebody wrote, and saving them as a version of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from data.definition_files import SavedVersion, append_version, saved_versions
from data.definitions import Definitions, in_force
from data.errors import DefinitionError
from data.privacy.contacts import has_contact


@dataclass(frozen=True, slots=True)
class Saved:
    """The version that was saved, and those planned for a later day that it replaces."""

    version: SavedVersion
    replaced: tuple[SavedVersion, ...]


def checked(text: str, path: Path) -> Definitions:
    """The definitions in a text, which messages call by the name of a file.

    Raises DefinitionError with the line and key of all that is not allowed, and with the line of an
    e-mail address: a version is never changed, so nobody could be taken out of it.
    """
    definitions = Definitions.of_text(text, path)
    lines = enumerate(text.splitlines(), start=1)
    if personal := [number for number, line in lines if "@" in line and has_contact(line)]:
        raise DefinitionError(
            *(
                f"{path.name} line {number}: holds an e-mail address, which could never be erased"
                " from a saved version. Take it out"
                for number in personal
            )
        )
    return definitions


def save(
    store: Path, text: str, path: Path, *, since: date, saved_at: datetime, based_on: int
) -> Saved:
    """Save a text as the version after the one that it is based on, 0 before any was saved.

    Raises DefinitionError when it is not valid, when $BACKCAST_DEFINITIONS names the file that is
    in force, or when nothing differs from the version that it is based on; DefinitionConflict when
    there is a newer one.
    """
    checked(text, path)
    refuse_fixed()
    before = saved_versions(store)
    same = [each for each in before if each.number == based_on and each.since == since]
    if same and same[0].path.read_bytes() == text.encode():
        raise DefinitionError(f"Nothing was saved: this is {same[0]}, and nothing differs.")
    version = append_version(store, text, since=since, saved_at=saved_at, based_on=based_on)
    return Saved(version, tuple(each for each in before if each.since > since))


def refuse_fixed() -> None:
    """Raise DefinitionError where the environment says which definitions are in force."""
    source = in_force()
    if source.fixed_by:
        raise DefinitionError(
            f"{source.fixed_by} names {source.path}, which is in force whatever is saved here. "
            f"Change that file and run `python -m data derive`, or unset {source.fixed_by}."
        )
