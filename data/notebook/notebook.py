"""The notebook: entries of which every version stays, and of which the newest one counts.

Two people may write at once: who writes on a version that is no longer the newest is told so, and
nothing of it is saved. Nothing is ever changed or deleted: an entry is deleted by a version that
says so.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data.errors import NotebookConflict, NotebookError, did_you_mean
from data.notebook.file import FILE_NAME, copy_notebook, damaged, reading, writing
from data.notebook.texts import check_name, checked_body
from data.notebook.version import Kind, State, Version

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")

_NEWEST = "number = (SELECT max(number) FROM version AS each WHERE each.id = version.id)"


class Notebook:
    """The notebook of a store: the file `notebook.sqlite` in its folder, made at the first write.

    Any number of threads and processes may use it. Every method raises StoreError when the file is
    damaged or the disk fails, OtherVersionError when a newer version of Backcast wrote it, and
    StoreBusyError when somebody else writes for longer than `busy_seconds`.
    """

    def __init__(self, store: Path, *, busy_seconds: float = 10.0) -> None:
        self.store = store.expanduser().resolve()
        self.busy_seconds = busy_seconds

    @property
    def path(self) -> Path:
        """The file, which may not be there yet."""
        return self.store / FILE_NAME

    # Reading: a missing notebook is an empty one

    def entries(self, kind: Kind | None = None) -> tuple[Version, ...]:
        """The newest version of every entry, also of deleted ones, by kind, name and id."""
        found = [each for each in self._read(_NEWEST) if kind in (None, each.kind)]
        return tuple(sorted(found, key=lambda each: (each.kind, each.name, each.id)))

    def read(self, entry: str, number: int | None = None) -> Version | None:
        """A version of an entry, the newest without a number; None when there is none such.

        The newest version of a deleted entry says that it is deleted.
        """
        if number is None:
            found = self._read(f"id = ? AND {_NEWEST}", entry)
        else:
            found = self._read("id = ? AND number = ?", entry, number)
        return found[0] if found else None

    def history(self, entry: str) -> tuple[Version, ...]:
        """All versions of an entry, the first one first."""
        return self._read("id = ? ORDER BY number", entry)

    def copy(self, target: Path) -> bool:
        """Write the notebook as it is now into a new file; False when there is nothing to copy.

        Every version is looked at first, so that damage is not taken along.
        """
        for each in self.entries():
            self.history(each.id)
        return copy_notebook(self.store, target, self.busy_seconds)

    def _read(self, condition: str, *values: str | int) -> tuple[Version, ...]:
        with reading(self.store, self.busy_seconds) as connection:
            if connection is None:
                return ()
            return self._select(connection, condition, *values)

    def _select(
        self, connection: sqlite3.Connection, condition: str, *values: str | int
    ) -> tuple[Version, ...]:
        rows = connection.execute(
            "SELECT kind, id, name, number, written_at, state, body, belongs_to, digest "
            f"FROM version JOIN entry USING (id) WHERE {condition}",
            values,
        )
        return tuple(self._version(*row) for row in rows)

    def _version(self, *row: Any) -> Version:
        kind, entry, name, number, written_at, state, body, belongs_to, digest = row
        try:
            version = Version(
                Kind(kind),
                entry,
                name,
                number,
                datetime.fromisoformat(written_at),
                State(state),
                body.encode(),
                belongs_to,
            )
        except ValueError as error:
            raise damaged(self.path, f"version {number} of {entry}: {error}") from error
        if version.digest != digest:
            raise damaged(self.path, f"version {number} of {entry} is not what was written")
        return version

    # Writing: one more version, if it follows the newest

    def write(
        self,
        kind: Kind,
        entry: str,
        name: str,
        body: bytes,
        *,
        based_on: int,
        written_at: datetime,
        belongs_to: str | None = None,
    ) -> Version:
        """Add a version to an entry, or with `based_on` 0 a new entry.

        `based_on` is the number of the version that was changed. Writing on a deleted entry brings
        it back. A new entry may belong to another one, which stays so.

        Raises NotebookConflict when there is a newer version; NotebookError when the entry is
        locked, is of another kind, or belongs to one that is not there, or when a text in it holds
        an e-mail address or a phone number. ValueError for an id that is no slug, a moment
        without a time zone, or a body that is no JSON.

        >>> import tempfile
        >>> folder = tempfile.TemporaryDirectory()
        >>> notebook, now = Notebook(Path(folder.name)), datetime(2026, 1, 5, tzinfo=UTC)
        >>> notebook.write(Kind.NOTE, "n", "Fair", b"{}", based_on=0, written_at=now).number
        1
        >>> notebook.write(Kind.NOTE, "n", "Fairs", b"{}", based_on=1, written_at=now).number
        2
        >>> notebook.write(Kind.NOTE, "n", "Fair!", b"{}", based_on=1, written_at=now)
        Traceback (most recent call last):
        ...
        data.errors.NotebookConflict: The note "Fairs" (n) is newer than what you changed: ...
        >>> folder.cleanup()
        """
        if not _ID.fullmatch(entry):
            raise ValueError(f"an id is small letters, digits and -, not {entry!r}")
        check_name(name)
        canonical = checked_body(body)
        written = Version(kind, entry, name, 1, _utc(written_at), State.OPEN, canonical, belongs_to)

        def change(newest: Version | None) -> Version:
            if newest is None:
                return written
            if newest.kind is not kind:
                raise NotebookError(f"{newest} is no {kind.value}. Choose another id.")
            _refuse_locked(newest)
            return replace(written, belongs_to=newest.belongs_to)

        return self._append(entry, based_on, change)

    def lock(self, entry: str, *, based_on: int, written_at: datetime) -> Version:
        """Add a version that says: nothing but unlocking may follow. Raises what `write` does."""
        return self._mark(entry, State.LOCKED, based_on, written_at)

    def unlock(self, entry: str, *, based_on: int, written_at: datetime) -> Version:
        """Add a version that may be changed again. Raises what `write` does."""
        return self._mark(entry, State.OPEN, based_on, written_at)

    def delete(self, entry: str, *, based_on: int, written_at: datetime) -> Version:
        """Add a version that says: this is deleted. All versions before it can still be read.

        Raises what `write` does; a forecast cannot be deleted.
        """
        return self._mark(entry, State.DELETED, based_on, written_at)

    def bring_back(self, entry: str, *, written_at: datetime) -> Version:
        """Undo the deletion of an entry: a version that says again what the last one before did.

        Raises NotebookError when the entry is not deleted, and what `write` does.
        """
        newest = next(reversed(self.history(entry)), None)
        if newest is None or newest.state is not State.DELETED:
            raise NotebookError(f"{newest or entry} is not deleted.")
        return self.write(
            newest.kind,
            entry,
            newest.name,
            newest.body,
            based_on=newest.number,
            written_at=written_at,
            belongs_to=newest.belongs_to,
        )

    def _mark(self, entry: str, state: State, based_on: int, written_at: datetime) -> Version:
        moment = _utc(written_at)

        def change(newest: Version | None) -> Version:
            if newest is None:
                known = (each.id for each in self.entries())
                raise NotebookError(f"There is no entry {entry}.{did_you_mean(entry, known)}")
            if state is State.OPEN:
                if newest.state is not State.LOCKED:
                    raise NotebookError(f"{newest} is not locked.")
            else:
                _refuse_locked(newest)
                if newest.state is State.DELETED:
                    raise NotebookError(f"{newest} is deleted already.")
            return replace(newest, state=state, written_at=moment)

        return self._append(entry, based_on, change)

    def _append(
        self, entry: str, based_on: int, change: Callable[[Version | None], Version]
    ) -> Version:
        """Write the version that `change` makes of the newest one, unless it has a newer one."""
        with writing(self.store, self.busy_seconds) as connection:
            found = self._select(connection, f"id = ? AND {_NEWEST}", entry)
            newest = found[0] if found else None
            version = change(newest)
            if newest is not None:
                _refuse_stale(newest, based_on)
                _refuse_said(newest)
                version = replace(version, number=newest.number + 1)
            elif based_on:
                raise NotebookError(f"There is no version {based_on} of {entry} to change.")
            _insert(connection, version)
        return version


def _refuse_locked(newest: Version) -> None:
    if newest.state is State.LOCKED:
        raise NotebookError(
            f"{newest} is locked since {newest.moment}. Nothing was saved. Unlock it first, or "
            "save yours under another name as a new one."
        )


def _refuse_said(newest: Version) -> None:
    if newest.kind is Kind.FORECAST:
        raise NotebookError(
            f"{newest} was said at {newest.moment} and stays as it was said. Record a new one."
        )


def _refuse_stale(newest: Version, based_on: int) -> None:
    if newest.number != based_on:
        yours = f"version {based_on}" if based_on else "a new entry"
        raise NotebookConflict(
            f"{newest} is newer than what you changed: version {newest.number}, written at "
            f"{newest.moment}, stands, and yours is based on {yours}. Nothing was saved. Open "
            f"version {newest.number}, make your change there and save again, or save yours under "
            "another name as a new one."
        )


def _insert(connection: sqlite3.Connection, version: Version) -> None:
    if version.number == 1:
        owner = version.belongs_to
        if owner and not connection.execute("SELECT 1 FROM entry WHERE id = ?", [owner]).fetchone():
            raise NotebookError(f"There is no entry {owner} for {version.id} to belong to.")
        row: tuple[Any, ...] = (version.id, version.kind.value, owner)
        connection.execute("INSERT INTO entry (id, kind, belongs_to) VALUES (?, ?, ?)", row)
    connection.execute(
        "INSERT INTO version (id, number, name, written_at, state, body, digest) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            version.id,
            version.number,
            version.name,
            version.written_at.isoformat(),
            version.state.value,
            version.body.decode(),
            version.digest,
        ),
    )


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)
