"""Holds a file open while it is read, and refuses it when it was changed or replaced meanwhile."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from data.errors import BackcastError, SourceError, StoreError
from loaders.reading.container import check_readable

_CLOCK_TICK_NS = 20_000_000
"""File systems date a change by a clock that ticks; two changes within a tick look like one."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One state of one file: any change to the file, and any other file, has another identity.

    The time of the last change of the inode (`changed_ns`) cannot be set from outside, unlike that
    of the content. So a file that was replaced or rewritten with its old size and time is seen.
    """

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @property
    def content(self) -> tuple[int, int, int, int]:
        """The part that other permissions or another name leave as it is."""
        return self.device, self.inode, self.size, self.modified_ns

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """The identity in what the system says of a file."""
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )


class OpenedFile:
    """A file that is held open while it is read, also by name, to see whether it changes.

    Whoever reads the file by name between the opening and a `check` that passes has read the
    content that `sha256` hashes.
    """

    def __init__(self, path: Path, file: BufferedReader) -> None:
        self._path = path
        self._file = file
        self._identity = self._held()
        if abs(time.time_ns() - self._identity.changed_ns) < _CLOCK_TICK_NS:
            # Written just now: a change after this one must get another time.
            time.sleep(_CLOCK_TICK_NS / 1e9)
            self._identity = self._held()

    @property
    def modified(self) -> datetime:
        """When its content was last changed. UTC, without zone."""
        moment = datetime.fromtimestamp(self._identity.modified_ns / 1e9, UTC)
        return moment.replace(tzinfo=None)

    def sha256(self) -> str:
        """Hex digest of its bytes, read in pieces. Call it once; a thread of its own may."""
        self._file.seek(0)
        return hashlib.file_digest(self._file, "sha256").hexdigest()

    def check(self) -> None:
        """Raise SourceError when the file was changed, replaced or removed since its opening."""
        if not self._identity == self._named() == self._held():
            raise self._changed()

    def check_content(self) -> None:
        """Raise as `check` does, but not for other permissions, which failures name themselves."""
        named = self._named()
        if named is None or not self._identity.content == named.content == self._held().content:
            raise self._changed()

    def _changed(self) -> SourceError:
        return SourceError(
            f"{self._path.name} changed while it was read. "
            "Wait until it is completely written, then load it again."
        )

    def _named(self) -> Identity | None:
        try:
            return Identity.of(self._path.stat())
        except OSError:
            return None

    def _held(self) -> Identity:
        return Identity.of(os.fstat(self._file.fileno()))


@contextmanager
def held_open(path: Path) -> Iterator[OpenedFile]:
    """Hold a file open for the block, which reads it by name and calls `check` at its end.

    A failure of the block is reported as such only when the file is unchanged: half of a file
    fails in many ways. Raises SourceError when it cannot be read or has changed.
    """
    check_readable(path)
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        held = OpenedFile(path, file)
        try:
            yield held
        except StoreError:
            raise
        except BackcastError:
            held.check_content()
            raise
