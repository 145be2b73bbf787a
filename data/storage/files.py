"""What the store does to the disk: copying, making durable, and saying what went wrong."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from data.errors import StoreError
from data.sql import literal

_Identity = tuple[int, int, int]

_looked_at: dict[Path, tuple[_Identity, bool]] = {}
"""How a file was when this process looked at it, and whether it could be read. Published files
never change, so that one look is enough."""


def is_readable(path: Path) -> bool:
    """Whether the engine can open the file; only the first look at a file costs anything.

    Raises PermissionError when the file is not for this user.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    identity = (status.st_ino, status.st_size, status.st_mtime_ns)
    before, readable = _looked_at.get(path, (None, False))
    if identity == before:
        return readable
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    # When somebody changed it, this process may still have it open, and would see it as it was.
    looks = _can_be_opened if before is None else _can_be_opened_by_another_process
    readable = looks(path)
    if readable or before is not None:
        _looked_at[path] = (identity, readable)
    return readable


def _can_be_opened(path: Path) -> bool:
    try:
        _open_briefly(path)
    except duckdb.ConnectionException:
        return True  # This process has it open in another way: so it can be read.
    except duckdb.Error as error:
        return _IS_LOCKED in str(error)
    return True


_IS_LOCKED = "Could not set lock"


def _can_be_opened_by_another_process(path: Path) -> bool:
    code = f"import sys; from {__name__} import _can_be_opened as look; from pathlib import Path; "
    code += "sys.exit(not look(Path(sys.argv[1])))"
    command = [sys.executable, "-c", code, str(path)]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def _open_briefly(path: Path) -> None:
    """Open a file through the engine, which alone knows what this process has open.

    Opening it in any other way would drop the engine's lock on it when closed. Raises duckdb.Error
    when the file is damaged or open for writing.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SELECT count(*) FROM duckdb_tables()")


def refuse_log(path: Path) -> None:
    """Raise StoreError when a log lies beside a file: it holds rows that a copy would lack."""
    if left := _logs(path):
        raise StoreError(
            f"{', '.join(left)} lies beside {path.name}: somebody wrote to that file and did not "
            "close it. Open and close it once with the duckdb command line, then try again."
        )


def refuse_unclosed(path: Path) -> None:
    """Raise StoreError when a written file is missing, not closed, or cannot be read back."""
    try:
        if left := _logs(path):
            raise duckdb.IOException(f"it was not closed, {', '.join(left)} lies beside it")
        _open_briefly(path)
    except duckdb.Error as error:
        raise StoreError(
            f"The load was not published, the store is as it was: {path.name} is missing, damaged "
            f"or still open ({error})."
        ) from error


def copy_rows(source: Path, target: Path) -> None:
    """Write the tables of a closed file into a new one, which has no byte of rows deleted before.

    Both are closed afterwards. Raises StoreError when the disk fails.
    """
    try:
        with duckdb.connect() as connection:
            connection.execute("SET memory_limit = '1GB'")
            spilled = str(target.with_name(target.name + ".tmp"))
            connection.execute(f"SET temp_directory = {literal(spilled)}")
            for name, path, mode in (("old", source, " (READ_ONLY)"), ("new", target, "")):
                connection.execute(f"ATTACH {literal(str(path))} AS {name}{mode}")
            connection.execute("COPY FROM DATABASE old TO new")
            connection.execute("CHECKPOINT new")
            connection.execute("DETACH new")
            connection.execute("DETACH old")
    except duckdb.Error as error:
        raise StoreError(explain(target.parent, str(error))) from error


def _logs(path: Path) -> list[str]:
    return [each.name for each in companions(path) if not each.is_dir()]


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}

_SPILLED_TOO_MUCH = "max_temp_directory_size"

_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn an OSError of the block into a StoreError that says what to do about it.

    >>> with explained(Path("/store")):
    ...     raise OSError(errno.ENOSPC, "No space left on device")
    Traceback (most recent call last):
    ...
    data.errors.StoreError: The disk of /store is full. Free some space and try again; ...
    """
    try:
        yield
    except OSError as error:
        raise StoreError(explain(folder, error.strerror or str(error), error.errno)) from error


def explain(folder: Path, reason: str, number: int | None = None) -> str:
    """The message for a failure of the disk, known by its number or by the words of an engine.

    >>> explain(Path("/store"), "Read-only file system")
    'The folder /store may not be used: ... the user who runs Backcast, or set BACKCAST_STORE ...
    """
    if number in _FULL or says_full(reason):
        return (
            f"The disk of {folder} is full. Free some space and try again; "
            "the store is as it was before."
        )
    if number in _FORBIDDEN or any(os.strerror(known) in reason for known in _FORBIDDEN):
        return (
            f"The folder {folder} may not be used: {reason}. Give it to the user who runs "
            "Backcast, or set BACKCAST_STORE to a folder of that user."
        )
    return f"The store {folder} cannot be used: {reason}."


def says_full(message: str) -> bool:
    """Whether an engine's message is about a disk without space.

    >>> says_full('IO Error: Could not write file "x": No space left on device')
    True
    """
    return _SPILLED_TOO_MUCH in message or any(os.strerror(known) in message for known in _FULL)


def check_free_space(folder: Path, needed: int) -> None:
    """Refuse to start what would fill the disk. Raises StoreError with both figures."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise StoreError(
            f"The disk of {folder} has {_megabytes(free)} free, and a load needs "
            f"{_megabytes(needed)}. Free some space and try again."
        )


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def copy_closed(source: Path, target: Path) -> None:
    """Copy a database file that nobody is writing, sharing its blocks where the disk can.

    A child process does it: closing any descriptor of a file drops the locks that this process
    holds on it, and this process may have the source connected. `cp` clones on file systems that
    can and else copies inside the kernel.
    """
    done = subprocess.run(
        ["cp", "--", str(source), str(target)],
        env=os.environ | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StoreError(explain(target.parent, done.stderr.strip().rpartition(": ")[2]))


def synchronise(path: Path) -> None:
    """Make a file's bytes, or a folder's names, survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def create_folder(path: Path) -> None:
    """Make a folder, if it is not there, that only this user can enter, and make it durable."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        synchronise(path.parent)


def companions(path: Path) -> list[Path]:
    """What an engine left beside a database file: its log, its temporary folder."""
    return sorted(each for each in path.parent.iterdir() if each.name.startswith(path.name + "."))


def remove(path: Path) -> None:
    """Delete a file or a folder; it is no error when it is gone already."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
