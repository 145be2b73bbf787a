"""What the store asks about a database file, without disturbing who has it open."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import duckdb

from data.disk import companions, explain
from data.errors import StoreError

_readable: set[tuple[Path, int, int]] = set()
"""Files that were opened once. They never change, so that once is enough."""


def is_readable(path: Path) -> bool:
    """Whether the engine can open the file; only the first look at a file costs anything.

    Raises PermissionError when the file is not for this user.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        return False
    identity = (path, status.st_ino, status.st_mtime_ns)
    if identity in _readable:
        return True
    if not os.access(path, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    try:
        _open_briefly(path)
    except duckdb.ConnectionException:
        pass  # This process has it open in another way: so it can be read.
    except duckdb.Error as error:
        if "Could not set lock" not in str(error):
            return False
    _readable.add(identity)
    return True


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
    """Raise StoreError when a written file is missing, not closed, or can not be read back."""
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
            spilled = str(target.with_name(target.name + ".tmp")).replace("'", "''")
            connection.execute(f"SET temp_directory = '{spilled}'")
            for name, path, mode in (("old", source, " (READ_ONLY)"), ("new", target, "")):
                quoted = str(path).replace("'", "''")
                connection.execute(f"ATTACH '{quoted}' AS {name}{mode}")
            connection.execute("COPY FROM DATABASE old TO new")
            connection.execute("CHECKPOINT new")
            connection.execute("DETACH new")
            connection.execute("DETACH old")
    except duckdb.Error as error:
        raise StoreError(explain(target.parent, str(error))) from error


def _logs(path: Path) -> list[str]:
    return [each.name for each in companions(path) if not each.is_dir()]
