"""The store: numbered generations of the warehouse file, written aside and swapped in whole.

A load copies the current generation under a name that was never used before, writes the copy, and
publishes it by replacing the one-line file `CURRENT`. Readers keep the file they have open. A
writer that dies at any instruction leaves what `CURRENT` names as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from data.storage.generations import (
    ABANDONED,
    DAMAGED,
    POINTER,
    Fallback,
    Generation,
    named_by_pointer,
    published,
    resolve,
    set_aside,
    unused_path,
)
from data.storage.lock import locked
from data.storage.obsolete import delete_obsolete, drop_obsolete, read_obsolete
from data.storage.work_folders import remove_parts, sweep_work

_FREE_SPACE_FACTOR = 2.5


class NothingToPublish(Exception):  # noqa: N818 - a decision of the writer, not a fault
    """Raised inside `Store.writing()` to leave the store as it is, without an error."""


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

        When CURRENT is missing or damaged, or names a file that cannot be read, this is the newest
        generation that can, and `fallback()` says why. Raises EmptyStoreError when nothing was ever
        published, StoreError when no generation can be read.
        """
        return resolve(self.path)[0]

    def fallback(self) -> Fallback | None:
        """Why `current()` is an older generation than it should be; None when it is not.

        Raises StoreError when no generation can be read.
        """
        try:
            return resolve(self.path)[1]
        except EmptyStoreError:
            return None

    def generations(self) -> list[Generation]:
        """The generations that are kept, oldest first, ending with the current one."""
        try:
            current = self.current()
        except EmptyStoreError:
            return []
        return [each for each in published(self.path) if each.number <= current.number]

    @contextmanager
    def writing(self, on_wait: Callable[[str], None] | None = None) -> Iterator[Path]:
        """Hand out the path of the next generation's file, and publish it when the block ends.

        The path is a copy of the current generation, or does not exist yet when there is none.
        The block, or a process it waits for, writes the file and closes it. When the block raises,
        the store stays as it was; NothingToPublish does the same without an error. `on_wait` gets
        a message when another writer has to be waited for. After a fallback the next generation
        starts from the one that is shown, and mends the store.

        Raises StoreBusyError when the other writer does not finish in time, StoreError when the
        disk is too full, the folder cannot be written, or the block left the file open.
        """
        with explained(self.path):
            self._create_folder()
        with locked(self.path / "LOCK", self.lock_timeout_seconds, on_wait):
            with explained(self.path):
                source = self._source()
                self._sweep()
                final = unused_path(self.path)
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

    def mend(self, on_wait: Callable[[str], None] | None = None) -> Fallback | None:
        """Make the generation that is shown after a fallback the current one for good.

        Damaged generations are set aside: they stay in the folder for a repair. Returns what was
        wrong; None when there is nothing to mend. Raises StoreBusyError and StoreError as `writing`
        does.
        """
        if self.fallback() is None:
            return None
        with locked(self.path / "LOCK", self.lock_timeout_seconds, on_wait):
            fallback = self.fallback()
            if fallback is not None:
                with explained(self.path):
                    self._sweep()
                    self._set_damaged_aside()
                    self._synchronise_folder()
                    self._point_to(fallback.shown.path)
                    self._synchronise_folder()
        return fallback

    def damaged(self) -> list[Generation]:
        """The generations that were set aside because they could not be read, by number."""
        return set_aside(self.path, DAMAGED)

    def restore(self, generation: Generation) -> Generation:
        """Make an older generation current again, as a copy under a new number.

        Raises StoreError when that generation is no longer kept.
        """
        with self.writing() as part:
            if not generation.path.is_file():
                kept = ", ".join(each.name for each in self.generations())
                raise StoreError(
                    f"Version {generation.name} is no longer in {self.path}; kept are {kept}."
                )
            self._discard(part)
            self._copy(generation.path, part)
        return self.current()

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
        named, _ = named_by_pointer(self.path)
        remove_parts(self.path)
        sweep_work(self.path)
        if named is None or not is_readable(named.path):
            return  # The newest that can be read is shown, and is no leftover.
        for generation in published(self.path):
            if generation.number > named.number:
                generation.path.rename(generation.path.with_suffix(ABANDONED))

    def _obey_obsolete(self) -> None:
        """Delete what a published rewriting replaced (`data.storage.rewriting`)."""
        if (obsolete := read_obsolete(self.path)) is None:
            return
        named, _ = named_by_pointer(self.path)
        if named is not None and named.path.name == obsolete.successor and named.path.is_file():
            delete_obsolete(self.path, obsolete)
        else:
            drop_obsolete(self.path)

    def _copy(self, source: Path, part: Path) -> None:
        copy_closed(source, part)

    def _publish(self, part: Path, final: Path) -> None:
        """Every step is on the disk before the next one starts, so that no crash can lose a load.

        Leaving out any of the four synchronisations loses a load in some crash.
        """
        refuse_unclosed(part)
        self._synchronise_file(part)
        self._rename(part, final)
        try:
            self._synchronise_folder()
            self._point_to(final)
        except OSError:
            # CURRENT does not name it. On a full disk it would only be in the way.
            with suppress(OSError):
                remove(final)
            raise
        self._synchronise_folder()
        with suppress(OSError):
            self._prune(final)

    def _point_to(self, final: Path) -> None:
        """Make a file of the folder the current generation. The folder is not synchronised."""
        pointer = self.path / f"{POINTER}.part"
        try:
            self._write_pointer(pointer, final)
            self._replace_pointer(pointer)
        except OSError:
            with suppress(OSError):
                remove(pointer)
            raise

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
        pointer.replace(self.path / POINTER)

    def _prune(self, final: Path) -> None:
        """Delete the oldest generations beyond `keep`, and what was set aside before them.

        A damaged one is set aside instead: it would take the place of one that can be read.
        """
        self._set_damaged_aside()
        for generation in published(self.path)[: -self.keep]:
            if generation.path != final:
                remove(generation.path)
        for generation in set_aside(self.path, ABANDONED):
            remove(generation.path)

    def _set_damaged_aside(self) -> None:
        for generation in published(self.path):
            if not is_readable(generation.path):
                generation.path.rename(generation.path.with_suffix(DAMAGED))

    def _discard(self, part: Path) -> None:
        for companion in companions(part):
            remove(companion)
        remove(part)
