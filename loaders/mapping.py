"""What a mapping says: how one kind of export becomes rows of the canonical tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from data.patterns import PatternError, has_group
from data.tables import SYSTEM
from loaders.source import Format

_REFERENCE = re.compile(r"\{([a-z][a-z0-9_]*(?:\|[a-z][a-z0-9_]*)*)\}")


class Kind(StrEnum):
    """What a source column holds, and so how its text is understood."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"
    COMPANY = "company"
    CITY = "city"
    COUNTRY = "country"
    CURRENCY = "currency"
    DOMAIN = "domain"
    URL = "url"
    HEADCOUNT = "headcount"
    SALESFORCE_ID = "salesforce_id"
    MONEY = "money"
    NUMBER = "number"
    INTEGER = "integer"
    PERCENT = "percent"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"


PERSONAL_KINDS = frozenset({Kind.EMAIL, Kind.PHONE, Kind.NAME})
"""Kinds whose text never enters the warehouse, only keys made from it."""


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _readable(formats: tuple[str, ...]) -> tuple[str, ...]:
    for text in formats:
        if not _DATE_FORMAT.fullmatch(text):
            raise ValueError(f"{text!r} is not a format such as %d.%m.%Y or %m/%d/%Y %H:%M")
    return formats


def _runnable(pattern: str) -> str:
    try:
        has_group(pattern)
    except PatternError as failure:
        raise ValueError(f"is not a pattern that the engine (RE2) knows: {failure}") from None
    return pattern


_DATE_FORMAT = re.compile(r"(?=.*%)(?:[^%]|%-?[aAbBdfgHIjmMnpSuUwWxXyYzZ%])+")


def _known_time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be an IANA time zone such as UTC, Europe/Berlin or Asia/Shanghai")
    return name


_OneOrSeveral = BeforeValidator(_one_or_several, json_schema_input_type=str | tuple[str, ...])
Texts: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1), _OneOrSeveral]
DateFormats: TypeAlias = Annotated[tuple[str, ...], _OneOrSeveral, AfterValidator(_readable)]
System: TypeAlias = Annotated[str, Field(pattern=SYSTEM)]
Mark: TypeAlias = Literal[".", ",", " ", "'", "\u00a0", "\u202f"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Signature(_Part):
    """How a file of this kind is recognised: by columns it has, and by columns it has not.

    `columns` are names from the mapping's own [columns], so each may be spelt in several ways;
    `absent` are header names. A file name that fits `file_name` decides between equals.
    """

    columns: Texts
    absent: tuple[str, ...] = ()
    file_name: str | None = None


class Reading(_Part):
    """How the file is read. What is left out is detected or has the usual value."""

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: tuple[str, ...] = ()
    sheet: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Mark | None = None
    dates: DateFormats = ()
    time_zone: Annotated[str, AfterValidator(_known_time_zone)] = "UTC"
    phone_region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    currencies: dict[str, Annotated[str, Field(pattern=r"^[A-Z]{3}$")]] = {}
    """What a symbol such as $, ¥ or kr means in this export, as a code."""


class Condition(_Part):
    """A test of one column's text. All that is given must hold; words match in any case.

    `changed` compares with the record's row before this one, where the mapping has [previous].
    """

    column: str
    one_of: Annotated[Texts | None, Field(alias="is")] = None
    none_of: Annotated[Texts | None, Field(alias="not")] = None
    starts_with: Texts | None = None
    present: bool | None = None
    changed: bool | None = None


class Column(_Part):
    """A column of the file under the name that the mapping uses for it.

    `source` lists the spellings of its header, tried in order. `kind` is taken from the canonical
    column it feeds when it is not given. `path` reads a value inside JSON, `key` the value of one
    key in a JSON list of key and value pairs. `extract` is a pattern whose first group is wanted,
    `part` the number of the piece, from the end when negative, where the text is `split`.
    `keep_placeholders` keeps words such as `unknown` that usually mean that nothing is known.
    `dates` are tried in place of those of [read]. `epoch` says that the time is a number counted
    since 1970. `scaled` reads K, M and 万 after a number, `divide_by` is for amounts given in cents
    or millionths. `default` stands where the file has no value. `when` says in which rows the
    column counts; elsewhere it is missing.
    """

    source: Annotated[Texts, Field(alias="from")]
    kind: Kind | None = None
    required: bool = False
    personal: bool = False
    keep_placeholders: bool = False
    path: str | None = None
    key: str | None = None
    extract: Annotated[str, AfterValidator(_runnable)] | None = None
    split: Annotated[str, Field(min_length=1)] | None = None
    part: int | None = None
    dates: DateFormats = ()
    epoch: Literal["s", "ms", "us"] | None = None
    scaled: bool = False
    divide_by: PositiveInt | None = None
    default: str | None = None
    when: Condition | None = None


class Otherwise(StrEnum):
    """What becomes of a value that a translation does not list."""

    KEEP = "keep"
    REJECT = "reject"
    MISSING = "missing"
    USE = "use"


class Translation(_Part):
    """The words of the source and what they are called here. Case does not matter.

    `use` is the one word for everything that is not listed.
    """

    words: dict[str, str]
    otherwise: Otherwise = Otherwise.REJECT
    use: str | None = None


class PersonReference(_Part):
    """Whom a row is about: the columns that hold an e-mail, a phone, a record's id in the source.

    The first of them that is usable makes `{person_id}`. `system` is the source whose ids the
    records have, when it is another one than the file's. `name`, or `first_name` and `last_name`,
    tell apart those who share a phone.
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


class AccountReference(_Part):
    """Which company a row is about: `{account_id}` is the record's id, else made from the name."""

    record: str | None = None
    name: str | None = None


class NamedReference(_Part):
    """Which campaign or asset a row is about: the record's id, else a reference by its name."""

    record: str | None = None
    name: str | None = None


class Previous(_Part):
    """Rows that tell one record's history: `{previous_…}` is the value in the row before.

    `of` is the column with the record's id, `by` the one that orders its rows.
    """

    of: str
    by: str


class Reference(_Part):
    """The value of a column; of the first one that has a value when several are named."""

    names: tuple[str, ...]


class Template(_Part):
    """Text in which `{column}` stands for a column's value and all else for itself.

    >>> Template.parse("{campaign}:{day|week}").parts
    (Reference(names=('campaign',)), ':', Reference(names=('day', 'week')))
    """

    parts: tuple[str | Reference, ...]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Cut a text at its references. Raises ValueError on a brace that is not one."""
        parts: list[str | Reference] = []
        end = 0
        for match in _REFERENCE.finditer(text):
            if match.start() > end:
                parts.append(text[end : match.start()])
            parts.append(Reference(names=tuple(match[1].split("|"))))
            end = match.end()
        if end < len(text) or not text:
            parts.append(text[end:])
        if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
            raise ValueError("write a column as {name}, in small letters, digits and _")
        return cls(parts=tuple(parts))

    @property
    def references(self) -> tuple[Reference, ...]:
        """The columns it names, in order."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def alone(self) -> Reference | None:
        """The reference that is the whole text, so that its value keeps its type."""
        (first, *rest) = self.parts
        return first if isinstance(first, Reference) and not rest else None


Assigned: TypeAlias = Template | bool | int | float


class TableRows(_Part):
    """Rows of one canonical table that a row of the file becomes, when the conditions hold."""

    into: str
    when: tuple[Condition, ...] = ()
    add: tuple[str, ...] = ()
    """Columns whose values are added up where several rows of the file have the same key."""
    columns: dict[str, Assigned]
    written: int
    """Which [[table]] of the file it is."""
    each: str | None = None
    """The column that these rows stand for, where a [[table]] has one row for each of several."""


class Mapping(_Part):
    """One kind of export. `loaders.mapping_file` reads it from TOML and checks it."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    source_system: System
    recognise: Signature
    read: Reading = Reading()
    columns: dict[str, Column]
    values: dict[str, Translation] = {}
    skip: tuple[Condition, ...] = ()
    person: PersonReference | None = None
    account: AccountReference | None = None
    campaign: NamedReference | None = None
    content: NamedReference | None = None
    previous: Previous | None = None
    tables: tuple[TableRows, ...]
    file: Path
    fingerprint: str
    """Digest of the mapping's text: a file is loaded again when its mapping has changed."""

    @property
    def main(self) -> TableRows:
        """The table that a row of the file is, as opposed to those it also tells about."""
        return self.tables[0]

    def references(self) -> Iterator[str]:
        """Every column name that the tables use."""
        for rows in self.tables:
            for assigned in rows.columns.values():
                if isinstance(assigned, Template):
                    for reference in assigned.references:
                        yield from reference.names
            for condition in rows.when:
                yield condition.column
                if condition.changed is not None:
                    yield f"previous_{condition.column}"
