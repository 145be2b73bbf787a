"""What may happen to a command amid its work."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass

from tests.loaders.process.crashes.running import Held

_MEGABYTE = bytes(1024**2)


@dataclass(frozen=True)
class Strike:
    """Something that happens to a command and lasts until the command has ended.

    `status` is what the command ends with, and `said` what it says then, as a pattern.
    """

    name: str
    happens: Callable[[Held], AbstractContextManager[None]]
    status: int
    said: str
    export: str = "utf-16.csv"
    """The file that is loaded. Text in UTF-16 is copied first, in UTF-8 it is read where it is."""
    last: str | None = None
    """The last phase that it hinders, where there is one."""
    clears_away: bool = True
    """Whether the command can still clear away what it began; else the next one does."""

    def __str__(self) -> str:
        return self.name


@contextmanager
def _kill_command(held: Held) -> Iterator[None]:
    os.kill(held.command, signal.SIGKILL)
    yield


@contextmanager
def _kill_child(held: Held) -> Iterator[None]:
    for child in held.children:
        os.kill(child, signal.SIGKILL)
    yield


@contextmanager
def _terminate_command(held: Held) -> Iterator[None]:
    os.kill(held.command, signal.SIGTERM)
    yield


@contextmanager
def _fill_disk(held: Held) -> Iterator[None]:
    """To the last byte; where it is not a disk of its own, no file may grow any more instead."""
    filler = held.place.disk / "filler"
    if held.place.disk.is_mount():
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(_MEGABYTE)
    else:
        for process in (held.command, *held.children):
            _, hard = resource.prlimit(process, resource.RLIMIT_FSIZE)
            resource.prlimit(process, resource.RLIMIT_FSIZE, (0, hard))
    yield
    filler.unlink(missing_ok=True)


@contextmanager
def _forbid_store(held: Held) -> Iterator[None]:
    held.place.store.chmod(0o500)
    yield
    held.place.store.chmod(0o700)


@contextmanager
def _forbid_export(held: Held) -> Iterator[None]:
    (held.place.exports / "utf-8.csv").chmod(0)
    yield
    (held.place.exports / "utf-8.csv").chmod(0o600)


CHILD_KILLED = Strike(
    "child killed",
    _kill_child,
    1,
    "utf-16.csv could not be read within .* \\(process ended with -9\\)|Nothing was published, "
    "because the data .* as it was before. Free some memory",
)

DISK_FULL = Strike(
    "disk full",
    _fill_disk,
    1,
    "The disk of .* is full. Free some space"
    "|utf-16.csv cannot be read, or copied to .*: (No space left|File too large).* free space",
)

STRIKES = [
    Strike("command killed", _kill_command, -signal.SIGKILL, "^$", clears_away=False),
    Strike("command terminated", _terminate_command, 128 + signal.SIGTERM, "^$"),
    CHILD_KILLED,
    DISK_FULL,
    Strike(
        "store forbidden",
        _forbid_store,
        1,
        "The folder .* may not be used: .*Permission denied. Give it to the user who runs",
        clears_away=False,
    ),
    Strike(
        "export forbidden",
        _forbid_export,
        1,
        "utf-8.csv (may not be read by this user|can no longer be read .*Permission denied)",
        export="utf-8.csv",
        last="reading",
    ),
]
