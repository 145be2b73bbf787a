"""Work folders: the only place for copies in clear, gone with the command or swept by the next.

They stand in the store, in a folder `work` that nobody else may enter. Each is held by a lock that
the operating system frees when the last process of its owner is gone, whatever ended it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import weakref
from contextlib import suppress
from pathlib import Path

from data.storage.files import create_folder, explained, remove
from data.storage.lock import try_lock

_FOLDER = "work"

_LOCK = ".lock"


class WorkFolder:
    """A new folder in the store at `path`, removed when it is closed, let go of, or swept.

    The lock goes along with `descriptor`: a child process that is given it holds the folder too.
    Raises StoreError when the store cannot be written to.
    """

    def __init__(self, store: Path) -> None:
        with explained(store):
            create_folder(store)
            self.path, self.descriptor = _make(store / _FOLDER)
        self._removed = weakref.finalize(self, _remove, self.path, self.descriptor)

    def close(self) -> None:
        """Remove the folder with all that is in it; it is no error to do so twice."""
        self._removed()

    def __enter__(self) -> WorkFolder:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def sweep(store: Path) -> None:
    """Delete what killed commands left in a store: work folders, and files half written.

    Every command calls it first, also one that only reads. It waits for nobody, leaves alone what
    belongs to a command at work, and does nothing in a store that this user may not write to.
    """
    sweep_work(store)
    with suppress(OSError):
        if _parts(store) and (descriptor := try_lock(store / "LOCK")) is not None:
            try:
                remove_parts(store)
            finally:
                os.close(descriptor)


def sweep_work(store: Path) -> None:
    """Delete the work folders whose owner is gone."""
    folder = store / _FOLDER
    with suppress(OSError):
        for name in {each.name.removesuffix(_LOCK) for each in folder.iterdir()}:
            with suppress(OSError):
                if (descriptor := try_lock(folder / f"{name}{_LOCK}")) is not None:
                    _remove(folder / name, descriptor)
        folder.rmdir()


def remove_parts(store: Path) -> None:
    """Delete files half written, and what lies beside them. Only the store's writer may do so."""
    for part in _parts(store):
        remove(part)


def _parts(store: Path) -> list[Path]:
    return [
        each for each in store.iterdir() if each.name.endswith(".part") or ".part." in each.name
    ]


def _make(folder: Path) -> tuple[Path, int]:
    """A new work folder, and the descriptor that holds its lock."""
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / secrets.token_hex(8)
        try:
            # Before the folder is there: one without a lock belongs to nobody.
            descriptor = try_lock(path.with_suffix(_LOCK))
        except FileNotFoundError:
            continue  # somebody swept, and found nothing in it
        if descriptor is None:
            continue  # somebody swept, and found nobody holding it
        try:
            path.mkdir(mode=0o700)
        except OSError:
            _remove(path, descriptor)
            raise
        return path, descriptor


def _remove(path: Path, descriptor: int) -> None:
    """Delete a folder and let go of its lock; what of it cannot be deleted is swept later."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        if not path.exists():
            path.with_suffix(_LOCK).unlink(missing_ok=True)
            path.parent.rmdir()
    os.close(descriptor)
