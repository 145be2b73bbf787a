"""Definitions that people saved: a file for each version, in the store's folder, never changed.

A file is called `0002-from-2026-12-01-saved-20261130T015012Z.toml`: the number of the version, the
day from which it is in force, and when it was saved, in UTC. Its bytes are what was saved, with the
comments. This module does not know what terms there are; `data.definitions` does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

from data.errors import DefinitionConflict, DefinitionError
from data.storage.files import create_folder, explained, remove, synchronise
from data.storage.generations import entries
from data.storage.lock import locked

FOLDER = "definitions"

_BUSY_SECONDS = 10.0

_NAME = re.compile(r"(\d{4,})-from-(\d{4}-\d\d-\d\d)-saved-(\d{8}T\d{6}Z)\.toml")

_SAVED = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """One version of the definitions: its number, from 1 on, its day, when it was saved, its file.

    >>> at = datetime(2026, 11, 30, 1, 50, tzinfo=UTC)
    >>> print(SavedVersion(2, date(2026, 12, 1), at, Path("2.toml")))
    version 2, in force from 2026-12-01, saved at 2026-11-30 01:50 UTC
    """

    number: int
    since: date
    saved_at: datetime
    path: Path

    def __str__(self) -> str:
        moment = f"{self.saved_at:%Y-%m-%d %H:%M} UTC"
        return f"version {self.number}, in force from {self.since}, saved at {moment}"


def saved_versions(store: Path) -> tuple[SavedVersion, ...]:
    """The versions saved in a store's folder, by number; none where nobody saved any.

    Raises DefinitionError for a TOML file that is no version, and for two of one number: what lies
    there and is not read would seem to be in force.
    """
    with explained(store):
        found = [each for each in entries(store / FOLDER) if each.suffix == ".toml"]
    versions = sorted((_version(each) for each in found), key=lambda each: each.number)
    for before, after in pairwise(versions):
        if before.number == after.number:
            raise DefinitionError(
                f"{before.path} and {after.path.name} are both version {after.number} of the "
                "definitions. Move the one that does not count out of the folder."
            )
    return tuple(versions)


def version_in_force(store: Path, today: date) -> SavedVersion | None:
    """The newest version whose day has come; None where there is none.

    The newest is the one that was saved last, not the one with the latest day: whoever saves
    replaces what was planned before.
    """
    come = [each for each in saved_versions(store) if each.since <= today]
    return come[-1] if come else None


def append_version(
    store: Path, text: str, *, since: date, saved_at: datetime, based_on: int
) -> SavedVersion:
    """Save one more version, based on the newest one: on 0 where there is none.

    The file appears whole or not at all. Raises DefinitionConflict when there is a newer version
    than `based_on`, StoreError when the disk fails; ValueError for a moment without a time zone.
    """
    if saved_at.tzinfo is None:
        raise ValueError(f"{saved_at} has no time zone")
    folder = store / FOLDER
    with explained(store):
        create_folder(folder)
    with locked(folder / "LOCK", _BUSY_SECONDS):
        versions = saved_versions(store)
        _refuse_stale(versions[-1] if versions else None, based_on)
        moment = saved_at.astimezone(UTC)
        name = f"{based_on + 1:04d}-from-{since}-saved-{moment:{_SAVED}}.toml"
        with explained(store):
            _write(folder, name, text)
    return _version(folder / name)


def _refuse_stale(newest: SavedVersion | None, based_on: int) -> None:
    number = newest.number if newest else 0
    if number < based_on:
        raise DefinitionError(
            f"There is no version {based_on} of the definitions to change; the newest is {number}."
        )
    if newest is not None and number > based_on:
        yours = f"version {based_on}" if based_on else "what was in force before any was saved"
        raise DefinitionConflict(
            f"The definitions changed meanwhile: {newest}, is the newest, and yours are based on "
            f"{yours}. Nothing was saved. Start from version {number}, make your change there and "
            "save again."
        )


def _write(folder: Path, name: str, text: str) -> None:
    for left in folder.glob("*.part"):
        remove(left)  # a killed command left it
    part = folder / f"{name}.part"
    part.write_bytes(text.encode())
    part.chmod(0o600)
    synchronise(part)
    part.rename(folder / name)
    synchronise(folder)


def _version(path: Path) -> SavedVersion:
    named = _NAME.fullmatch(path.name)
    try:
        if named is None:
            raise ValueError("it has another form")
        since = date.fromisoformat(named[2])
        saved_at = datetime.strptime(named[3], _SAVED).replace(tzinfo=UTC)
    except ValueError as error:
        raise DefinitionError(
            f"{path} lies among the saved definitions, and its name is not that of a version "
            f"({error}). Save it with `python -m data definitions save {path.name}`, or move it "
            "out of the folder."
        ) from error
    return SavedVersion(int(named[1]), since, saved_at, path)
