"""The versions of the definitions one after the other: what each changed, and when it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from data.definition_changes.differences import Change, differences, follow_in_tables, value_of
from data.definition_files import SavedVersion, saved_versions
from data.definitions import BUILT_IN, Definitions
from data.errors import DefinitionError


class Standing(StrEnum):
    """When a version holds."""

    IN_FORCE = "in force"
    PLANNED = "planned"
    PAST = "was in force"
    REPLACED = "replaced before its day"


@dataclass(frozen=True, slots=True)
class Told:
    """A version in the history: what it changed of the one before it, or why it cannot be read.

    `version` is None for the built-in definitions, which come first.
    """

    version: SavedVersion | None
    path: Path
    standing: Standing
    definitions: Definitions | None
    changes: tuple[Change, ...]
    problem: str | None

    @property
    def number(self) -> int:
        """The number of the version, 0 for the built-in definitions."""
        return self.version.number if self.version else 0


def history(store: Path, today: date) -> tuple[Told, ...]:
    """The built-in definitions and every version saved since, the oldest first.

    A version that this release of Backcast cannot read is told with the reason. Raises
    DefinitionError for a file among the saved ones that is no version.
    """
    saved = saved_versions(store)
    built_in = Standing.PAST if any(each.since <= today for each in saved) else Standing.IN_FORCE
    told = [_told(None, BUILT_IN, built_in, None)]
    for place, version in enumerate(saved):
        standing = _standing(version, saved[place + 1 :], today)
        before = next(each.definitions for each in reversed(told) if each.definitions)
        told.append(_told(version, version.path, standing, before))
    return tuple(told)


def since_when(told: tuple[Told, ...], key: str) -> date | None:
    """The day from which a term has been as it is now; None when it was so before any version.

    Versions that were replaced before their day do not count.
    """
    held = [each for each in told if each.standing in (Standing.PAST, Standing.IN_FORCE)]
    since, value = None, None
    for each in held:
        if each.definitions is not None:
            new = value_of(key, each.definitions)
            if each.version is not None and new != value:
                since = each.version.since
            value = new
    return since


def is_derived_under(told: tuple[Told, ...], digest: str | None, terms: Definitions) -> bool:
    """Whether tables that were derived under the definitions of a digest are as under these terms.

    They are also where only metrics read what differs; a digest that no version has tells nothing
    of the tables. None is that of tables that were never derived.
    """
    if digest in (None, terms.digest):
        return True
    known = [each.definitions for each in told if each.definitions]
    before = [each for each in known if each.digest == digest]
    return bool(before) and not follow_in_tables(differences(before[0], terms))


def _standing(version: SavedVersion, later: tuple[SavedVersion, ...], today: date) -> Standing:
    """A version holds from its day until that of the first later one."""
    if any(each.since <= version.since for each in later):
        return Standing.REPLACED
    if version.since > today:
        return Standing.PLANNED
    return Standing.PAST if any(each.since <= today for each in later) else Standing.IN_FORCE


def _told(
    version: SavedVersion | None, path: Path, standing: Standing, before: Definitions | None
) -> Told:
    try:
        definitions = Definitions.load(path)
    except DefinitionError as error:
        return Told(version, path, standing, None, (), str(error))
    changes = differences(before, definitions) if before else ()
    return Told(version, path, standing, definitions, changes, None)
