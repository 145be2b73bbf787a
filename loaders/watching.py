"""A folder into which exports are put: each file is loaded once it is completely written."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path

from data.errors import BackcastError, SourceError
from data.privacy.contacts import without_contacts
from data.storage.store import Store
from loaders.load import LoadOptions, load
from loaders.outcome import Outcome, Status
from loaders.reading.held_file import Identity

_TEMPORARY_STARTS = (".", "~$")
_TEMPORARY_ENDS = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".download", "~")


@dataclass(frozen=True, slots=True)
class Watch:
    """What watching a folder needs from outside, so that a test can decide what time it is.

    `wait` returns after the time between two looks, or sooner when `stopped` has become true.
    `say` is given a line for each file, and what hinders a look. `after_load` is done when files
    were loaded, and says what is to be said.
    """

    wait: Callable[[], object]
    stopped: Callable[[], bool]
    say: Callable[[str], None]
    after_load: Callable[[], Iterable[str]] = tuple


def watch(
    folder: Path, store: Store, options: LoadOptions, hands: Watch, *, once: bool = False
) -> bool:
    """Load the files of a folder, now and as they arrive, until `hands.stopped()`.

    A file is complete when it is the same and unchanged in two looks. Hidden files,
    folders, and names such as `x.csv.part` or `~$x.xlsx` are passed over. Nothing is moved or
    deleted. A file that was dealt with, loaded or not, is left alone until it changes; which these
    are is kept in a file beside the store. With `once`, two looks are taken. Returns whether every
    file could be loaded. Raises SourceError when there is no such folder.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is not a folder. Name the one into which exports are put.")
    done = _Done(store)
    before = _found(folder)
    all_well = True
    hindrance = ""
    while not hands.stopped():
        hands.wait()
        if hands.stopped():
            break
        try:
            now = _found(folder)
            complete = {path: each for path, each in now.items() if before.get(path) == each}
            before = now
            all_well &= _load(done.unknown(complete), done, store, options, hands)
            hindrance = ""
        except (BackcastError, OSError) as error:
            if once:
                raise
            if str(error) != hindrance:  # it is tried again, and said once
                hindrance = str(error)
                hands.say(hindrance)
        if once:
            break
    return all_well


def _load(
    waiting: dict[Path, Identity], done: _Done, store: Store, options: LoadOptions, hands: Watch
) -> bool:
    """Load these files in one generation, as many as there is time for."""
    if not waiting:
        return True
    if fallback := store.fallback():
        hands.say(f"Warning: {fallback}")
    begun: list[Path] = []

    def until_stopped() -> Iterator[Path]:
        for path in waiting:
            if hands.stopped():
                return
            begun.append(path)
            yield path

    outcomes = load(store, until_stopped(), options, on_wait=hands.say)
    for path, outcome in zip(begun, outcomes, strict=True):
        hands.say(_line(path, outcome))
        if _identity(path) == waiting[path]:  # else it has changed meanwhile, and is read again
            done.note(path, waiting[path])
    done.write()
    if any(outcome.status is Status.LOADED for outcome in outcomes):
        for line in hands.after_load():
            hands.say(line)
    return all(outcome.status is not Status.FAILED for outcome in outcomes)


def _line(path: Path, outcome: Outcome) -> str:
    name = without_contacts(path.name)
    if outcome.status is Status.FAILED:
        message = outcome.message if name in outcome.message else f"{name}: {outcome.message}"
        return f"failed: {message}"
    counts = f", {outcome.rows_kept:,} rows kept, {outcome.rows_rejected:,} rejected"
    loaded = outcome.status is Status.LOADED
    return f"{outcome.status}: {name} as {outcome.mapping}{counts if loaded else ''}"


def _found(folder: Path) -> dict[Path, Identity]:
    """The files of a folder that may be exports, by name."""
    found: dict[Path, Identity] = {}
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if name.startswith(_TEMPORARY_STARTS) or name.endswith(_TEMPORARY_ENDS):
            continue
        if path.is_file() and (identity := _identity(path)):
            found[path.resolve().parent / path.name] = identity
    return found


def _identity(path: Path) -> Identity | None:
    with suppress(FileNotFoundError):
        return Identity.of(path.stat())
    return None


class _Done:
    """Which files were dealt with, and how they looked then. Kept in a file beside the store."""

    def __init__(self, store: Store) -> None:
        self._path = store.path.with_name(f"{store.path.name}.watched.json")
        self._identities: dict[str, Identity] = {}
        # Without the file, or with a damaged one, the store still knows by their content which
        # files are loaded; only failed ones are tried once more.
        with suppress(FileNotFoundError, ValueError, TypeError, AttributeError):
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            self._identities = {path: Identity(*each) for path, each in kept.items()}

    def unknown(self, files: dict[Path, Identity]) -> dict[Path, Identity]:
        """Those that were not dealt with yet, or have changed since."""
        return {
            path: identity
            for path, identity in files.items()
            if self._identities.get(str(path)) != identity
        }

    def note(self, path: Path, identity: Identity) -> None:
        """This file was dealt with."""
        self._identities[str(path)] = identity

    def write(self) -> None:
        """Keep it for the next time, without files that are gone."""
        kept = {
            path: astuple(identity)
            for path, identity in self._identities.items()
            if os.path.lexists(path)
        }
        part = self._path.with_name(self._path.name + ".part")
        part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
        part.replace(self._path)
