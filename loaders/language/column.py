"""What a mapping says of a column: where its text comes from, and how it is understood."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt

from data.engine.patterns import PatternError, has_group
from loaders.language.spellings import NUMBER


class Part(BaseModel):
    """A part of a mapping: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _one_or_several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def is_date_format(text: str) -> bool:
    """Whether a text is a format of dates and times that the engine knows."""
    return bool(_DATE_FORMAT.fullmatch(text))


def _readable(formats: tuple[str, ...]) -> tuple[str, ...]:
    for text in formats:
        if not is_date_format(text):
            raise ValueError(f"{text!r} is not a format such as %d.%m.%Y or %m/%d/%Y %H:%M")
    return formats


_DATE_FORMAT = re.compile(r"(?=.*%)(?:[^%]|%-?[aAbBdfgHIjmMnpSuUwWxXyYzZ%])+")


_OneOrSeveral = BeforeValidator(_one_or_several, json_schema_input_type=str | tuple[str, ...])

Texts: TypeAlias = Annotated[tuple[str, ...], Field(min_length=1), _OneOrSeveral]

_Mark: TypeAlias = Annotated[str, Field(min_length=1)]

Marks: TypeAlias = Annotated[
    tuple[_Mark, ...],
    Field(min_length=1),
    BeforeValidator(_one_or_several, json_schema_input_type=_Mark | tuple[_Mark, ...]),
]

EVIDENT = ("evident",)
"""In place of marks: each file is looked at for what stands between its values."""

Mark: TypeAlias = Literal[".", ",", " ", "'", "\u00a0", "\u202f"]

ThousandsMarks: TypeAlias = Annotated[tuple[Mark, ...], _OneOrSeveral]

DateFormats: TypeAlias = Annotated[tuple[str, ...], _OneOrSeveral, AfterValidator(_readable)]


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


def _runnable(pattern: str) -> str:
    try:
        has_group(pattern)
    except PatternError as failure:
        raise ValueError(f"is not a pattern that the engine (RE2) knows: {failure}") from None
    return pattern


Pattern: TypeAlias = Annotated[str, AfterValidator(_runnable)]


class Condition(Part):
    """A test of one column's text. All that is given must hold; words match in any case.

    `changed` compares with the record's row before this one: in a [[table]], with [previous].
    """

    column: str
    one_of: Annotated[Texts | None, Field(alias="is")] = None
    none_of: Annotated[Texts | None, Field(alias="not")] = None
    starts_with: Texts | None = None
    present: bool | None = None
    changed: bool | None = None

    @property
    def tests_nothing(self) -> bool:
        """Whether only a column is named, so that it would hold in every row."""
        return self.model_fields_set <= {"column"}


class Column(Part):
    """A column of the file under the name that the mapping uses for it.

    `source` lists the spellings of its header, tried in order. Instead of a header, `above` finds
    one value for all rows in the lines above the header, and `file_name` in the file's name.
    `kind` is taken from the canonical column it feeds when it is not given. `path` reads a value
    inside JSON, `key` the value of one key in a JSON list of key and value pairs. `extract` is a
    pattern whose first group is wanted, `part` the number of the piece, from the end when
    negative, where the text is `split`; without it the column is a list of all pieces, cut at any
    of the marks, or where these are `EVIDENT` at those that the file shows, and `extract` is looked
    for in each of them. So is a column that
    the file has several of, with {number} in its spelling.
    `keep_placeholders` keeps words such as `unknown` that usually mean that nothing is known.
    `dates` are tried in place of those of [read], and `decimal` and `thousands` are its marks in
    place of those. `epoch` says that the time is a number: counted since 1970, or a spreadsheet's
    number of the day. `scaled` reads K, M and 万 after a number, `divide_by` is for cents or
    millionths, `multiply_by` for minutes where seconds are wanted. `last_day_of` takes a day for
    the first of a period, whose last is wanted. `default` stands where the file has no value.
    `when` says in which rows the column counts; elsewhere it is missing.
    """

    source: Annotated[Texts, Field(alias="from")] = ()
    above: Pattern | None = None
    file_name: Pattern | None = None
    kind: Kind | None = None
    required: bool = False
    personal: bool = False
    keep_placeholders: bool = False
    path: str | None = None
    key: str | None = None
    extract: Pattern | None = None
    split: Marks | None = None
    part: int | None = None
    dates: DateFormats = ()
    epoch: Literal["s", "ms", "us", "excel", "excel-1904"] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: ThousandsMarks = ()
    scaled: bool = False
    divide_by: PositiveInt | None = None
    multiply_by: PositiveInt | None = None
    last_day_of: Literal["week", "month", "quarter", "year"] | None = None
    default: str | None = None
    when: Condition | None = None

    @property
    def is_list(self) -> bool:
        """Whether its text lists several values, of which a [[table]] takes one after the other."""
        return self.is_numbered or (self.split is not None and self.part is None)

    @property
    def is_numbered(self) -> bool:
        """Whether the file has a column for each of its values, such as touch1 and touch2."""
        return any(NUMBER in spelling for spelling in self.source)
