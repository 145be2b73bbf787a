"""What a mapping says: how one kind of export becomes rows of the canonical tables."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from data.references import SYSTEM
from data.toml import TimeZone
from loaders.language.column import Column, Condition, DateFormats, Mark, Part, Texts
from loaders.language.template import EACH_PLACE, Assigned, FirstOf, Template
from loaders.reading.source import Format

BUILT_IN = Path(__file__).parents[1] / "mappings"
"""The folder of the mappings that come with the code."""


System: TypeAlias = Annotated[str, Field(pattern=SYSTEM)]


class Signature(Part):
    """How a file of this kind is recognised: by columns that it has, and by columns that it lacks.

    `columns` are names from the mapping's own [columns], so each may be spelt in several ways;
    `absent` are header names. A file name that fits `file_name` decides between equals.
    """

    columns: Texts
    absent: tuple[str, ...] = ()
    file_name: str | None = None


class Reading(Part):
    """How the file is read. What is left out is detected or has the usual value."""

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] = ()
    sheet: str | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Mark | None = None
    dates: DateFormats = ()
    time_zone: TimeZone | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """The currency of amounts that name none. When left out it is the company's, as the time zone.
    """
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    currencies: dict[str, Annotated[str, Field(pattern=r"^[A-Z]{3}$")]] = Field(
        default_factory=dict
    )
    """What a symbol such as $, ¥ or kr means in this export, as a code."""


class Otherwise(StrEnum):
    """What to do with a value that a translation does not list."""

    KEEP = "keep"
    REJECT = "reject"
    MISSING = "missing"
    USE = "use"


class Translation(Part):
    """The words of the source and what they are called here. Case does not matter.

    `use` is the one word for everything that is not listed.
    """

    words: dict[str, str]
    otherwise: Otherwise = Otherwise.REJECT
    use: str | None = None


class PersonReference(Part):
    """Whom a row is about: the columns that hold an e-mail, a phone, a record's id in the source.

    The first of them that is usable makes `{person_id}`. `system` is the source whose ids the
    records have, when it is another one than the file's. `name`, or `first_name` and `last_name`,
    distinguish people who share a phone.
    """

    email: str | None = None
    phone: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    record: str | None = None
    system: System | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the name: the full one, else last and first."""
        whole = (self.name,) if self.name else (self.last_name, self.first_name)
        return tuple(name for name in whole if name)


class AccountReference(Part):
    """Which company a row is about: `{account_id}` is the record's id, else made from the name.

    The company to which that one belongs is referred to in the same way, as `{parent_id}`.
    """

    record: str | None = None
    name: str | None = None


class NamedReference(Part):
    """Which campaign or asset a row is about: the record's id, else a reference by its name."""

    record: str | None = None
    name: str | None = None


class Ended(Condition):
    """Rows of records that the source has deleted, or merged where `merged_into` names another.

    Such a row ends its record and says nothing else. `at` is when, where the file knows.
    """

    merged_into: str | None = None
    at: FirstOf | None = None

    @property
    def tests_nothing(self) -> bool:
        """Whether only a column is named, so that it would hold in every row."""
        return self.model_fields_set <= {"column", "merged_into", "at"}


class Previous(Part):
    """Rows that are one record's history: `{previous_…}` is the value in the row before.

    `of` are the columns that identify the record, `by` the one that orders its rows.
    """

    of: Texts
    by: FirstOf


class TableRows(Part):
    """Rows of one canonical table that a row of the file becomes, when the conditions hold."""

    into: str
    when: tuple[Condition, ...] = ()
    add: tuple[str, ...] = ()
    """Columns whose values are added up when several rows of the file have the same key."""
    newest: FirstOf | None = None
    """The column by which, of several rows with the same key, the one with the greatest counts."""
    columns: dict[str, Assigned]
    written: int
    """The number, from 0, of its [[table]] in the mapping's file."""
    each: str | None = None
    """The column that these rows are made from, when the [[table]] is for several columns."""
    listed: bool = False
    """Whether each value listed in this one column makes a row."""
    ends: int = 0
    """The number of the [[ended]] whose rows these are, from 1; 0 for rows of what is not ended."""

    @property
    def has_several(self) -> bool:
        """Whether several rows of a file may share a key, and so are not refused as repeats."""
        return bool(self.add or self.newest or self.listed)

    @property
    def list_column(self) -> str | None:
        """The column whose listed values each make one of these rows."""
        return self.each if self.listed else None

    @property
    def is_ordered(self) -> bool:
        """Whether the places of the listed values are told, so that none may be empty."""
        return self.listed and any(
            EACH_PLACE in reference.names
            for assigned in self.columns.values()
            if isinstance(assigned, Template)
            for reference in assigned.references
        )


class Mapping(Part):
    """One kind of export. `loaders.language.parse` reads it from TOML and checks it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    source_system: System
    full_export: bool = False
    recognise: Signature
    read: Reading = Reading()
    columns: dict[str, Column]
    values: dict[str, Translation] = Field(default_factory=dict)
    skip: tuple[Condition, ...] = ()
    ended: tuple[Ended, ...] = ()
    person: PersonReference | None = None
    account: AccountReference | None = None
    parent_account: AccountReference | None = None
    campaign: NamedReference | None = None
    content: NamedReference | None = None
    previous: Previous | None = None
    tables: tuple[TableRows, ...]
    file: Path
    fingerprint: str
    """Digest of the mapping's text: a file is loaded again when its mapping has changed."""

    @property
    def main(self) -> TableRows:
        """The table that a row of the file is, as opposed to those it also has rows for."""
        return self.tables[0]

    @property
    def is_built_in(self) -> bool:
        """Whether it comes with the code."""
        return self.file.parent == BUILT_IN

    @property
    def is_generic(self) -> bool:
        """Whether its columns are named as in the warehouse, so that files of many kinds fit it."""
        return self.source_system == "generic"

    @property
    def reads_file_name(self) -> bool:
        """Whether the same content under another name means something else."""
        named = any(column.file_name is not None for column in self.columns.values())
        return named or ("file" not in self.columns and "file" in self.references())

    def references(self) -> Iterator[str]:
        """Every column name that the tables use, but for the place of a listed value."""
        for rows in self.tables:
            for assigned in rows.columns.values():
                if isinstance(assigned, Template):
                    for reference in assigned.references:
                        yield from (name for name in reference.names if name != EACH_PLACE)
            for condition in rows.when:
                yield condition.column
                if condition.changed is not None:
                    yield f"previous_{condition.column}"
            if rows.newest:
                yield from rows.newest.names
