"""A backup of the store in one folder, and a new store from it. Each is whole or not there.

In it are the generation that readers see, what people wrote, their own mappings, every version of
the definitions that they saved, and the key of the hashes where it lies in the store; its list
`BACKUP` names every file with size and digest.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from data.definition_files import FOLDER as DEFINITIONS
from data.errors import EmptyStoreError, StoreError
from data.notebook.file import FILE_NAME as NOTEBOOK
from data.notebook.notebook import Notebook
from data.privacy.keys import FILE_NAME as KEY
from data.storage.files import copy_closed, create_folder, explained, refuse_log, synchronise
from data.storage.generations import POINTER, generation_at, published
from data.storage.lock import locked
from data.storage.store import Store
from data.storage.work_folders import WorkFolder

LIST = "BACKUP"

_MAPPINGS = "mappings"

_FORMAT = 2

# Other paths in a list would lead a restoration out of the store.
_PATH = re.compile(
    rf"{re.escape(KEY)}|{re.escape(NOTEBOOK)}|(?:{_MAPPINGS}|{DEFINITIONS})/[^/]+\.toml"
    r"|\d{5,}-[0-9a-f]{8}\.duckdb"
)


class File(msgspec.Struct, frozen=True):
    """One file of a backup: its path in the folder, its size and the SHA-256 of its bytes."""

    path: str
    size: int
    sha256: str


class Backup(msgspec.Struct, frozen=True):
    """The list in a backup: when it was made, and of which files it consists.

    `generation` is the file of the generation, None where nothing was loaded.
    """

    format: int
    made_at: datetime
    generation: str | None
    files: tuple[File, ...]

    @property
    def has_key(self) -> bool:
        """Whether the key of the hashes is in it; else it is in the environment of who loads."""
        return any(each.path == KEY for each in self.files)


def back_up(
    store: Store, folder: Path, made_at: datetime, on_wait: Callable[[str], None] | None = None
) -> Backup:
    """Copy the store into a new folder, which appears when all of it is on the disk.

    Nobody loads meanwhile; people may read and write. Raises EmptyStoreError when there is nothing
    in the store, StoreError when the folder is there already, cannot be written, or something in
    the store is damaged, StoreBusyError when a load does not finish in time.
    """
    folder = folder.expanduser().resolve()
    if folder.exists():
        raise StoreError(f"{folder} is there already. Name a folder that is not.")
    if folder.is_relative_to(store.path):
        raise StoreError(f"{folder} lies in the store itself. Name a folder on another disk.")
    if not store.path.is_dir():
        store.current()
    part = folder.with_name(f"{folder.name}.part")
    with locked(store.path / "LOCK", store.lock_timeout_seconds, on_wait), _writable(folder):
        shutil.rmtree(part, ignore_errors=True)  # a killed command left it
        part.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=0o700)
        try:
            backup = _fill(store, part, made_at)
            _write(part / LIST, msgspec.json.format(msgspec.json.encode(backup)))
            synchronise(part)
            part.rename(folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        synchronise(folder.parent)
    return backup


def _fill(store: Store, part: Path, made_at: datetime) -> Backup:
    """Copy everything into a folder, and say what is in it."""
    generation = _copy_generation(store, part)
    for path in _written_by_people(store.path):
        copy = part / path.relative_to(store.path)
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        _write(copy, path.read_bytes())
        synchronise(copy.parent)
    Notebook(store.path).copy(part / NOTEBOOK)
    files = tuple(_described(part, each) for each in sorted(part.rglob("*")) if each.is_file())
    if not files:
        store.current()
    return Backup(_FORMAT, made_at, generation, files)


def _copy_generation(store: Store, part: Path) -> str | None:
    try:
        source = store.current().path
    except EmptyStoreError:
        return None
    refuse_log(source)
    copy = part / source.name
    copy_closed(source, copy)
    copy.chmod(0o600)
    synchronise(copy)
    return source.name


def _written_by_people(store: Path) -> list[Path]:
    """The key, the own mappings and the saved definitions, where they lie in the store."""
    found = [store / KEY]
    for folder in (_MAPPINGS, DEFINITIONS):
        found += sorted((store / folder).glob("*.toml"))
    return [each for each in found if each.is_file()]


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    synchronise(path)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"The backup {folder} was not made: {error.strerror}.") from error


def restore(folder: Path, store: Store, on_wait: Callable[[str], None] | None = None) -> Backup:
    """Fill an empty store from a backup. A command that was killed is completed by another one.

    Raises StoreError when the folder is no whole backup, when anything else is in the store, or
    when it cannot be written; StoreBusyError when a load does not finish in time.
    """
    folder = folder.expanduser().resolve()
    backup = read_backup(folder)
    with explained(store.path):
        create_folder(store.path)
    with (
        locked(store.path / "LOCK", store.lock_timeout_seconds, on_wait),
        explained(store.path),
        WorkFolder(store.path) as work,
    ):
        staged = [(each, _stage(folder, each, work.path)) for each in _missing(backup, store.path)]
        # The generation comes last: with it the store can be used, and all else must be there.
        for file, copy in sorted(staged, key=lambda each: each[0].path == backup.generation):
            _put(copy, store.path, file, backup)
    store.mend(on_wait)  # the generation is not current yet
    return backup


def read_backup(folder: Path) -> Backup:
    """The list of a backup of which every file is there and as it was written.

    Raises StoreError when it is not whole, or was made by a newer version of Backcast.
    """
    try:
        backup = msgspec.json.decode((folder / LIST).read_bytes(), type=Backup)
        if backup.format > _FORMAT:
            raise StoreError(
                f"The backup {folder} was made by a newer version of Backcast. Use that version."
            )
        for each in backup.files:
            if not _PATH.fullmatch(each.path):
                raise _not_whole(folder, f"{each.path} is no file of a store")
            if not _same(folder / each.path, each):
                raise _not_whole(folder, f"{each.path} is not what was written")
    except FileNotFoundError as error:
        raise _not_whole(folder, f"{Path(error.filename).name} is missing") from error
    except (OSError, msgspec.DecodeError) as error:
        raise _not_whole(folder, str(error)) from error
    return backup


def _not_whole(folder: Path, reason: str) -> StoreError:
    return StoreError(
        f"{folder} is no whole backup: {reason}. Nothing was restored. Take another backup."
    )


def _missing(backup: Backup, store: Path) -> list[File]:
    """The files of the backup that are not in the store yet; refuses a store of something else."""
    of_restoring = {store / "LOCK", store / POINTER}
    found = [each for each in store.rglob("*") if each.is_file() and each not in of_restoring]
    found = [each for each in found if not each.is_relative_to(store / "work")]
    there: set[File] = set()
    for path in found:
        name = backup.generation if path in _generations(store) else _relative(path, store)
        same = [each for each in backup.files if each.path == name and _same(path, each)]
        if not same:
            raise _not_empty(store, _relative(path, store))
        there.update(same)
    if (store / POINTER).exists() and not _generations(store):
        raise _not_empty(store, POINTER)
    return [each for each in backup.files if each not in there]


def _generations(store: Path) -> list[Path]:
    return [each.path for each in published(store)]


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _not_empty(store: Path, name: str) -> StoreError:
    return StoreError(
        f"The store {store} is not empty: {name} is in it. Nothing was restored. Move the folder "
        "away, or set BACKCAST_STORE to a new one."
    )


def _stage(folder: Path, file: File, work: Path) -> Path:
    """Copy a file beside where it is to be, and make sure that the copy is what was backed up."""
    copy = work / file.path
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copyfile(folder / file.path, copy)
    copy.chmod(0o600)
    synchronise(copy)
    if not _same(copy, file):
        raise _not_whole(folder, f"{file.path} changed while it was read")
    return copy


def _put(copy: Path, store: Path, file: File, backup: Backup) -> None:
    final = store / file.path
    if file.path == backup.generation:
        # A name is never used twice: a process that still has such a file open would get it again.
        number = generation_at(final).name
        final = store / f"{number}-{secrets.token_hex(4)}.duckdb"
    create_folder(final.parent)
    copy.rename(final)
    synchronise(final.parent)


def _described(folder: Path, path: Path) -> File:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return File(_relative(path, folder), path.stat().st_size, digest)


def _same(path: Path, file: File) -> bool:
    """Whether a file has the size and the digest; only one of this size is read."""
    if path.stat().st_size != file.size:
        return False
    return _described(path.parent, path).sha256 == file.sha256
