"""The store: numbered generations of the warehouse file, written aside and swapped in whole.

A load copies the current generation under a name that was never used before, writes the copy, and
publishes it by replacing the one-line file `CURRENT`. Readers keep the file they have open. A
writer that dies at any instruction leaves what `CURRENT` names as it was.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from data.errors import EmptyStoreError, StoreError
from data.storage.files import (
    check_free_space,
    companions,
    copy_closed,
    create_folder,
    explained,
    is_readable,
    refuse_log,
    refuse_unclosed,
    remove,
    synchronise,
)
from data.storage.lock import locked
from data.storage.obsolete import delete_obsolete, drop_obsolete, read_obsolete
from data.storage.work_folders import remove_parts, sweep_work

# The second half of a name is random: a name is never used twice, even when the folder is deleted
# and filled anew, because a process that has a file open would silently get it again.
_PUBLISHED = re.compile(r"(\d{5,})-[0-9a-f]{8}\.duckdb")

_NUMBERED = re.compile(r"(\d{5,})-[0-9a-f]{8}\.")

_POINTER = "CURRENT"

_FREE_SPACE_FACTOR = 2.5


class NothingToPublish(Exception):  # noqa: N818 - a decision of the writer, not a fault
    """Raised inside `Store.writing()` to leave the store as it is, without an error."""


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


class Store:
    """A folder of generations, of which one is current.

    One process writes at a time; any number of processes read meanwhile. The last `keep`
    generations stay, so that a load can be undone or compared with the state before it.
    """

    def __init__(self, path: Path, *, keep: int = 3, lock_timeout_seconds: float = 60.0) -> None:
        if keep < 2:
            # A reader that has just read CURRENT may be about to open the one before.
            raise ValueError(f"keep must be at least 2, not {keep}")
        self.path = path.expanduser().resolve()
        self.keep = keep
        self.lock_timeout_seconds = lock_timeout_seconds

    @classmethod
    def from_environment(cls) -> Self:
        """The store in the folder $BACKCAST_STORE, else in `data/store` beside the code."""
        configured = os.environ.get("BACKCAST_STORE")
        return cls(Path(configured) if configured else Path(__file__).parents[1] / "store")

    def current(self) -> Generation:
        """The generation that readers should see.

        When CURRENT is missing or damaged, or names a file that can not be read, this is the
        newest generation that can, and `alarm()` says so. Raises EmptyStoreError when nothing was
        ever published, StoreError when no generation can be read.
        """
        return self._resolve()[0]

    def alarm(self) -> str | None:
        """What is wrong with the store, for the user to see, when `current()` had to fall back."""
        try:
            return self._resolve()[1]
        except EmptyStoreError:
            return None

    def generations(self) -> list[Generation]:
        """The generations that are kept, oldest first, ending with the current one."""
        try:
            current = self.current()
        except EmptyStoreError:
            return []
        return [each for each in self._published() if each.number <= current.number]

    @contextmanager
    def writing(self, on_wait: Callable[[str], None] | None = None) -> Iterator[Path]:
        """Hand out the path of the next generation's file, and publish it when the block ends.

        The path is a copy of the current generation, or does not exist yet when there is none.
        The block, or a process it waits for, writes the file and closes it. When the block raises,
        the store stays as it was; NothingToPublish does the same without an error. `on_wait` is
        told when another writer has to be waited for, and what `alarm()` says: the next generation
        starts from the one that `current()` fell back to, and ends the alarm.

        Raises StoreBusyError when the other writer does not finish in time, StoreError when the
        disk is too full, the folder can not be written, or the block left the file open.
        """
        with explained(self.path):
            self._create_folder()
        with locked(self.path / "LOCK", self.lock_timeout_seconds, on_wait):
            if on_wait is not None and (alarm := self.alarm()):
                on_wait(alarm)
            with explained(self.path):
                source = self._source()
                self._sweep()
                final = self._next_path()
                part = final.with_name(final.name + ".part")
            try:
                if source is not None:
                    check_free_space(self.path, int(_FREE_SPACE_FACTOR * source.stat().st_size))
                    self._copy(source, part)
                yield part
                with explained(self.path):
                    self._publish(part, final)
            except NothingToPublish:
                pass
            finally:
                with suppress(OSError):
                    self._discard(part)

    def restore(self, generation: Generation) -> Generation:
        """Make an older generation current again, as a copy under a new number.

        Raises StoreError when that generation is no longer kept.
        """
        with self.writing() as part:
            if not generation.path.is_file():
                kept = ", ".join(each.name for each in self.generations())
                raise StoreError(
                    f"Generation {generation.name} is no longer in {self.path}; kept are {kept}."
                )
            self._discard(part)
            self._copy(generation.path, part)
        return self.current()

    # Reading the state of the folder

    def _resolve(self) -> tuple[Generation, str | None]:
        with explained(self.path):
            named, problem = self._read_pointer()
            if named is not None and is_readable(named.path):
                return named, None
            candidates = self._published()
            readable = next((each for each in reversed(candidates) if is_readable(each.path)), None)
        if not candidates:
            raise EmptyStoreError(
                f"Nothing has been loaded into {self.path} yet. Load a file on the page Sources "
                "or with `python -m loaders load FILE`."
            )
        if readable is None:
            raise StoreError(
                f"None of the {len(candidates)} generations in {self.path} can be read: {problem}. "
                "Restore the folder from a backup, or move it away and load your files again."
            )
        return readable, (
            f"The store {self.path} is damaged: {problem}. Shown is generation {readable.name}, "
            "the newest that can be read; loads after it are missing. Load their files again, or "
            "restore the folder from a backup."
        )

    def _read_pointer(self) -> tuple[Generation | None, str]:
        """The generation that CURRENT names, if it names one, and what is wrong otherwise."""
        try:
            text = (self.path / _POINTER).read_bytes()[:200].decode("ascii", "replace").strip()
        except FileNotFoundError:
            return None, "the file CURRENT is missing"
        # Only a plain name is one: with a folder in it, it would lead out of the store.
        named = _generation(self.path / text) if _PUBLISHED.fullmatch(text) else None
        if named is None:
            return None, f"the file CURRENT holds {text[:40]!r}, which is not a generation's name"
        return named, f"the file {text}, which CURRENT names, is missing or damaged"

    def _published(self) -> list[Generation]:
        """Every generation file in the folder by number, also one that never became current."""
        found = [_generation(each) for each in self._entries()]
        return sorted((each for each in found if each), key=lambda each: each.number)

    def _entries(self) -> list[Path]:
        try:
            return list(self.path.iterdir())
        except FileNotFoundError:
            return []

    # The steps of writing, in order

    def _create_folder(self) -> None:
        create_folder(self.path)

    def _source(self) -> Path | None:
        """The file to copy. A copy of one with a log beside it would silently lose rows."""
        try:
            source = self.current().path
        except EmptyStoreError:
            return None
        refuse_log(source)
        return source

    def _sweep(self) -> None:
        """Delete what killed writers left, and set aside what one did not get to publish."""
        self._obey_obsolete()
        named, _ = self._read_pointer()
        remove_parts(self.path)
        sweep_work(self.path)
        for generation in self._published():
            if named is not None and named.path.is_file() and generation.number > named.number:
                generation.path.rename(generation.path.with_suffix(".abandoned"))

    def _obey_obsolete(self) -> None:
        """Delete what a published rewriting replaced (`data.storage.rewriting`)."""
        if (obsolete := read_obsolete(self.path)) is None:
            return
        named, _ = self._read_pointer()
        if named is not None and named.path.name == obsolete.successor and named.path.is_file():
            delete_obsolete(self.path, obsolete)
        else:
            drop_obsolete(self.path)

    def _next_path(self) -> Path:
        """A file name that was never used, with the next number."""
        named, _ = self._read_pointer()
        names = [entry.name for entry in self._entries()] + ([named.path.name] if named else [])
        numbers = [int(match[1]) for match in map(_NUMBERED.match, names) if match]
        return self.path / f"{max(numbers, default=0) + 1:05d}-{secrets.token_hex(4)}.duckdb"

    def _copy(self, source: Path, part: Path) -> None:
        copy_closed(source, part)

    def _publish(self, part: Path, final: Path) -> None:
        """Every step is on the disk before the next one starts, so that no crash can lose a load.

        Leaving out any of the four synchronisations loses a load in some crash.
        """
        refuse_unclosed(part)
        self._synchronise_file(part)
        self._rename(part, final)
        pointer = self.path / (_POINTER + ".part")
        try:
            self._synchronise_folder()
            self._write_pointer(pointer, final)
            self._replace_pointer(pointer)
        except OSError:
            # CURRENT does not name it. On a full disk it would only be in the way.
            with suppress(OSError):
                remove(pointer)
                remove(final)
            raise
        self._synchronise_folder()
        with suppress(OSError):
            self._prune(final)

    def _synchronise_file(self, part: Path) -> None:
        part.chmod(0o600)
        synchronise(part)

    def _rename(self, part: Path, final: Path) -> None:
        part.rename(final)

    def _synchronise_folder(self) -> None:
        synchronise(self.path)

    def _write_pointer(self, pointer: Path, final: Path) -> None:
        pointer.write_text(f"{final.name}\n", encoding="ascii")
        pointer.chmod(0o600)
        synchronise(pointer)

    def _replace_pointer(self, pointer: Path) -> None:
        pointer.replace(self.path / _POINTER)

    def _prune(self, final: Path) -> None:
        """Delete the oldest generations beyond `keep`, and what was set aside before them."""
        for generation in self._published()[: -self.keep]:
            if generation.path != final:
                remove(generation.path)
        for entry in self._entries():
            if entry.suffix == ".abandoned":
                remove(entry)

    def _discard(self, part: Path) -> None:
        for companion in companions(part):
            remove(companion)
        remove(part)


def _generation(path: Path) -> Generation | None:
    match = _PUBLISHED.fullmatch(path.name)
    return Generation(int(match[1]), path) if match else None
