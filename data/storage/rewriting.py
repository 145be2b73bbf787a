"""Rewriting every kept generation at once, for what may stay in no file of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from data.storage.files import (
    check_free_space,
    companions,
    copy_closed,
    copy_rows,
    explained,
    is_readable,
    refuse_log,
    refuse_unclosed,
    remove,
)
from data.storage.generations import (
    ABANDONED,
    DAMAGED,
    Generation,
    published,
    set_aside,
    unused_path,
)
from data.storage.lock import locked
from data.storage.obsolete import Obsolete, write_obsolete
from data.storage.store import NothingToPublish, Store

_FREE_SPACE_FACTOR = 2.5


@dataclass(slots=True)
class Rewriting:
    """The generations to rewrite, oldest first, and the files written so far."""

    kept: tuple[Generation, ...]
    unreadable: tuple[Generation, ...]
    """Generations that no engine can open any more, also those that were set aside: they are not
    rewritten but deleted."""
    _store: RewritingStore
    written: list[tuple[Path, Path]] = field(default_factory=list)

    def rewrite(self, generation: Generation, change: Callable[[Path], None]) -> None:
        """Write a generation anew: `change` is given a copy to work on, of which the rows are
        then copied into a new file, because a file keeps the bytes of rows that it lost.

        Raises StoreError when the disk is too full or a file cannot be written.
        """
        final = self._store.next_path()
        part = final.with_name(final.name + ".part")
        self.written.append((part, final))
        work = part.with_name(part.name + ".work")
        with explained(self._store.path):
            refuse_log(generation.path)
            size = generation.path.stat().st_size
            check_free_space(self._store.path, int(_FREE_SPACE_FACTOR * size))
            copy_closed(generation.path, work)
        change(work)
        copy_rows(work, part)
        remove(work)

    def leave_out(self) -> None:
        """Forget the generation that was begun last: nothing takes its place."""
        part, _ = self.written.pop()
        for left in companions(part):
            remove(left)
        remove(part)


class RewritingStore(Store):
    """A store of which all generations can be replaced in one step."""

    @contextmanager
    def rewriting(self, on_wait: Callable[[str], None] | None = None) -> Iterator[Rewriting]:
        """Replace every kept generation by what the block wrote for it, when the block ends.

        Afterwards the folder holds the new generations, under new numbers, and no older file. When
        the block raises, the store stays as it was; NothingToPublish does the same without an
        error. A process that dies leaves either the old generations or the new ones current; what
        it left over of the others, the next writer deletes. Readers keep the file they have open.

        Raises EmptyStoreError when nothing was ever published, StoreBusyError and StoreError as
        `writing` does.
        """
        self.current()
        with locked(self.path / "LOCK", self.lock_timeout_seconds, on_wait):
            with explained(self.path):
                self._sweep()
                self.current()
                found = self.generations()
                kept = tuple(each for each in found if is_readable(each.path))
            lost = (each for each in published(self.path) if each not in kept)
            rewriting = Rewriting(kept, (*lost, *self.damaged()), self)
            try:
                yield rewriting
                with explained(self.path):
                    self._publish_all(rewriting.written)
            except NothingToPublish:
                pass
            finally:
                for part, _ in rewriting.written:
                    with suppress(OSError):
                        self._discard(part)

    def next_path(self) -> Path:
        """A file name that was never used, with the next number."""
        return unused_path(self.path)

    def _publish_all(self, written: list[tuple[Path, Path]]) -> None:
        """Every step is on the disk before the next one starts, as in `_publish`."""
        for part, _ in written:
            refuse_unclosed(part)
            self._synchronise_file(part)
        successor = written[-1][1].name
        old = [
            *published(self.path),
            *set_aside(self.path, ABANDONED),
            *set_aside(self.path, DAMAGED),
        ]
        self._write_obsolete(Obsolete(successor, tuple(each.path.name for each in old)))
        for part, final in written:
            self._rename(part, final)
        self._synchronise_folder()
        self._point_to(written[-1][1])
        self._synchronise_folder()
        self._obey_obsolete()

    def _write_obsolete(self, obsolete: Obsolete) -> None:
        write_obsolete(self.path, obsolete)
