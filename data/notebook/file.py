"""The notebook's file: made whole, opened for one task, refused when damaged or newer."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from data.errors import OtherVersionError, StoreBusyError, StoreError
from data.storage.files import create_folder, explain, explained, synchronise
from data.storage.work_folders import WorkFolder

FILE_NAME = "notebook.sqlite"
"""Opened by SQLite alone: closing any other descriptor of it drops the locks of the process."""

SCHEMA_VERSION = 1
"""Raised with every change of the tables, or of what a body may hold."""

_APPLICATION = 0x42434E42
"""Marks a SQLite file as a notebook of Backcast: `BCNB`."""

_LOGS = ("-wal", "-journal")
"""Suffixes of the files beside the notebook that may hold versions it lacks."""

# Updates and deletions are refused by the file itself, so that no bug can rewrite what was said.
# The triggers before an insertion also stop INSERT OR REPLACE, which deletes without a word.
_SCHEMA = f"""
CREATE TABLE entry (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    belongs_to TEXT REFERENCES entry (id)
) STRICT;
CREATE TABLE version (
    id TEXT NOT NULL REFERENCES entry (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    written_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'locked', 'deleted')),
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (id, number)
) STRICT;
CREATE TRIGGER entry_is_new BEFORE INSERT ON entry
WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'there is an entry of this id'); END;
CREATE TRIGGER version_is_next BEFORE INSERT ON version
WHEN NEW.number <> 1 + (SELECT count(*) FROM version WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a version follows the one before it'); END;
CREATE TRIGGER forecast_is_said_once BEFORE INSERT ON version
WHEN NEW.number > 1 AND (SELECT kind FROM entry WHERE id = NEW.id) = 'forecast'
BEGIN SELECT RAISE(ABORT, 'a forecast has one version'); END;
CREATE TRIGGER entry_stays BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'the notebook is append-only'); END;
CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'the notebook is append-only'); END;
CREATE TRIGGER version_stays BEFORE UPDATE ON version
BEGIN SELECT RAISE(ABORT, 'the notebook is append-only'); END;
CREATE TRIGGER version_is_kept BEFORE DELETE ON version
BEGIN SELECT RAISE(ABORT, 'the notebook is append-only'); END;
PRAGMA application_id = {_APPLICATION};
PRAGMA user_version = {SCHEMA_VERSION};
"""


@contextmanager
def reading(store: Path, busy_seconds: float) -> Iterator[sqlite3.Connection | None]:
    """A connection that sees one state of the notebook and cannot write; None when there is none.

    Raises StoreError when the file is damaged, OtherVersionError when a newer version of Backcast
    wrote it, StoreBusyError when it is not free in time.
    """
    path = store / FILE_NAME
    if not _is_there(path):
        yield None
        return
    with _open(path, _mode_of_reading(path), busy_seconds) as connection:
        connection.execute("PRAGMA query_only = ON")
        connection.execute("BEGIN")
        yield connection


@contextmanager
def writing(store: Path, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    """A connection that alone may write; what the block wrote is kept, whole, when the block ends.

    The file is made when there is none. When the block raises, nothing of it is kept. Raises what
    `reading` does.
    """
    path = store / FILE_NAME
    if not _is_there(path):
        _create(store)
    with _open(path, "mode=rw", busy_seconds) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("COMMIT")


def copy_notebook(store: Path, target: Path, busy_seconds: float) -> bool:
    """Write the notebook as it is now into a new file; False when there is none.

    Others may write meanwhile. Raises what `reading` does.
    """
    with reading(store, busy_seconds) as connection:
        if connection is None:
            return False
        with closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)
    target.chmod(0o600)
    synchronise(target)
    return True


def damaged(path: Path, reason: str) -> StoreError:
    """The error for a notebook that cannot be trusted, with what to do about it."""
    return StoreError(
        f"The notebook {path} is damaged: {reason}. Nothing was written to it. Restore it from a "
        "backup (`python -m data restore`), or move it away: the next entry starts a new one."
    )


def _is_there(path: Path) -> bool:
    """Whether there is a notebook. A log without it holds what would be lost with a new one.

    The logs come first: each is made after the notebook, so another writer who makes both
    meanwhile cannot be seen as a log alone.
    """
    with explained(path.parent):
        logs = _logs(path)
        if path.exists():
            return True
    if logs:
        raise damaged(path, f"it is missing, and {', '.join(logs)}, which belongs to it, is there")
    return False


def _logs(path: Path) -> list[str]:
    return [f"{path.name}{each}" for each in _LOGS if Path(f"{path}{each}").exists()]


def _mode_of_reading(path: Path) -> str:
    """How SQLite is to open the file: it makes a log beside it also to read, if it can.

    None of the modes makes a notebook where there is none.
    """
    if os.access(path.parent, os.W_OK):
        return "mode=rw"
    return "mode=ro" if _logs(path) else "mode=ro&immutable=1"


def _create(store: Path) -> None:
    """Make an empty notebook so that nobody ever sees half of one, and the first writer wins."""
    with explained(store):
        create_folder(store)
        with WorkFolder(store) as folder:
            new = folder.path / FILE_NAME
            with _sqlite_explained(new), closing(sqlite3.connect(new)) as connection:
                connection.execute(
                    "PRAGMA synchronous = OFF"
                )  # the whole file is made durable below
                connection.executescript(_SCHEMA)
                connection.execute("PRAGMA journal_mode = WAL")
            new.chmod(0o600)
            synchronise(new)
            with suppress(FileExistsError):
                (store / FILE_NAME).hardlink_to(new)
        synchronise(store)


@contextmanager
def _open(path: Path, mode: str, busy_seconds: float) -> Iterator[sqlite3.Connection]:
    with _sqlite_explained(path):
        address = f"{path.as_uri()}?{mode}"
        opened = sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None)
        with closing(opened) as connection:
            _refuse_other(path, connection)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA recursive_triggers = ON")
            connection.execute("PRAGMA synchronous = FULL")
            yield connection


def _refuse_other(path: Path, connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION or version < 1:
        raise damaged(path, "it is not a file that Backcast wrote")
    if version > SCHEMA_VERSION:
        raise OtherVersionError(
            f"The notebook {path} was written by a newer version of Backcast (format {version}; "
            f"this one knows {SCHEMA_VERSION}). Use that version; nothing was changed."
        )


_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

_NUMBERS = {
    sqlite3.SQLITE_FULL: errno.ENOSPC,
    sqlite3.SQLITE_READONLY: errno.EACCES,
    sqlite3.SQLITE_CANTOPEN: errno.EACCES,
    sqlite3.SQLITE_PERM: errno.EACCES,
}


@contextmanager
def _sqlite_explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says of its file into a StoreError. A constraint is a bug, and stays one."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _explanation(path, error) from error
    except sqlite3.DatabaseError as error:
        if type(error) is not sqlite3.DatabaseError:
            raise
        raise _explanation(path, error) from error


def _explanation(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    # An extended code has its kind in the last byte. Text that is no UTF-8 comes without a code.
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in _DAMAGED:
        return damaged(path, str(error))
    if code in _BUSY:
        return StoreBusyError(
            f"Somebody else is writing to {path} and did not finish in time. Nothing was saved; "
            "try again."
        )
    return StoreError(explain(path.parent, f"{path.name}: {error}", _NUMBERS.get(code)))
