"""The entries of one kind as typed values: written into the notebook as JSON, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from data.errors import NotebookError
from data.notebook.file import damaged
from data.notebook.notebook import Notebook
from data.notebook.version import Kind, State, Version


class Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the values that a notebook keeps."""


T = TypeVar("T", bound=Written)


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value, and the version of the entry that says it."""

    version: Version
    value: T


@dataclass(frozen=True, slots=True)
class Shelf(Generic[T]):
    """The entries of one kind in a notebook. `name_of` is the name that lists show for a value."""

    notebook: Notebook
    kind: Kind
    of: type[T]
    name_of: Callable[[T], str]

    def save(
        self,
        entry: str,
        value: T,
        *,
        based_on: int,
        written_at: datetime,
        belongs_to: str | None = None,
    ) -> Kept[T]:
        """Add a version to an entry, or with `based_on` 0 a new entry, as `Notebook.write` does.

        Raises what `Notebook.write` does, and ValueError for a number that JSON does not have.
        """
        body = msgspec.json.encode(value, order="sorted")
        try:
            again = msgspec.json.decode(body, type=self.of)
        except msgspec.ValidationError as error:
            raise ValueError(f"{value} cannot be kept: {error}") from error
        if again != value:
            raise ValueError(f"{value} would be read back as {again}")
        name = self.name_of(value)
        version = self.notebook.write(
            self.kind,
            entry,
            name,
            body,
            based_on=based_on,
            written_at=written_at,
            belongs_to=belongs_to,
        )
        return Kept(version, value)

    def read(self, entry: str, number: int | None = None) -> Kept[T] | None:
        """A version of an entry; without a number the newest one, if it is not deleted.

        None when there is none such. Raises NotebookError when the entry is of another kind,
        StoreError as the notebook does and when the body is not what this version of Backcast
        writes.
        """
        version = self.notebook.read(entry, number)
        if version is None or (number is None and version.state is State.DELETED):
            return None
        return self._kept(version)

    def all(self) -> tuple[Kept[T], ...]:
        """The newest version of every entry that is not deleted, by name and id."""
        found = self.notebook.entries(self.kind)
        return tuple(self._kept(each) for each in found if each.state is not State.DELETED)

    def history(self, entry: str) -> tuple[Kept[T], ...]:
        """All versions of an entry, the first one first. Raises what `read` does."""
        return tuple(self._kept(each) for each in self.notebook.history(entry))

    def _kept(self, version: Version) -> Kept[T]:
        if version.kind is not self.kind:
            raise NotebookError(f"{version} is no {self.kind.value}.")
        try:
            return Kept(version, msgspec.json.decode(version.body, type=self.of))
        except msgspec.ValidationError as error:
            where = f"version {version.number} of {version.id}"
            raise damaged(self.notebook.path, f"{where}: {error}") from error
