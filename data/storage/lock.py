"""One writer at a time: a lock that the operating system frees when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import StoreBusyError
from data.storage.files import explained

_POLL_SECONDS = 0.05


@contextmanager
def locked(
    path: Path, timeout_seconds: float, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the lock file for the block; between processes, and between threads of one.

    The file holds the process number of the holder. `on_wait` gets one message when the lock is
    taken. Raises StoreBusyError when it is not free in time.
    """
    deadline = time.monotonic() + timeout_seconds
    waiting = False
    while (descriptor := _lock_in_store(path)) is None:
        holder = _holder(path)
        if time.monotonic() >= deadline:
            raise StoreBusyError(
                f"Another load (process {holder}) is writing to {path.parent} and did not finish "
                f"within {timeout_seconds:g} seconds. Try again when it has finished."
            )
        if on_wait is not None and not waiting:
            on_wait(
                f"Another load (process {holder}) is writing to the store. "
                f"Waiting up to {timeout_seconds:g} seconds for it to finish."
            )
        waiting = True
        time.sleep(_POLL_SECONDS)
    try:
        with explained(path.parent):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def _lock_in_store(path: Path) -> int | None:
    with explained(path.parent):
        return try_lock(path)


def try_lock(path: Path) -> int | None:
    """The descriptor that holds the lock file, which is made; None when somebody else holds it.

    Raises OSError when the file cannot be opened or made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The file may have been deleted and made again meanwhile: then this lock is on a file that
        # nobody else will ever look at.
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except OSError:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _holder(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip() or "unknown"
    except OSError:
        return "unknown"
