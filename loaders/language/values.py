"""Which values a mapping makes of a column, and how each value is to be understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data.schema.fields import field, fields
from data.schema.tables import CANONICAL
from loaders.language.column import Kind
from loaders.language.model import Mapping
from loaders.language.template import Template

PERSON_NAMES = (
    "person_id",
    "email_key",
    "phone_key",
    "name_key",
    "email_state",
    "phone_state",
    "email_domain",
    "matched_by",
    "lead_of_person",
)
"""What a [person] section makes of its columns."""


ACCOUNT_NAMES = ("account_id", "account_name", "account_name_key")
"""What an [account] section makes of its columns."""


PARENT_NAME = "parent_id"
"""What a [parent_account] section makes of its columns."""


CAMPAIGN_NAME = "campaign_id"
"""What a [campaign] section makes of its columns."""


CONTENT_NAME = "content_id"
"""What a [content] section makes of its columns."""


PREVIOUS = "previous_"
"""Prefix of the name of a column's value in the record's row before, with [previous]."""


ROW_KEY = "row_key"
"""A digest of the whole row and its place among equal rows, for records without an id."""


LINE, FILE = "line", "file"
"""The line on which the row begins, and the file's name."""


def priced_by(table: str) -> str:
    """The column of a table that holds an amount in the currency of its column `currency`.

    Empty where the table has none.
    """
    known = fields(table)
    return next(
        (name for name in known if name.startswith("original_") and "currency" in known), ""
    )


def priced_columns(mapping: Mapping) -> Iterator[str]:
    """The columns of a mapping that hold such an amount."""
    for rows in mapping.tables:
        assigned = rows.columns.get(priced_by(rows.into))
        if isinstance(assigned, Template) and assigned.alone:
            yield from assigned.alone.names


FILE_CURRENCY = "file_currency"
"""The currency of amounts in a file that name none: that of [read], else the company's."""


def computed_names(mapping: Mapping) -> dict[str, Kind]:
    """The names that templates may use beside the columns, with what they hold."""
    names = {ROW_KEY: Kind.TEXT, FILE_CURRENCY: Kind.CURRENCY}
    names |= {name: Kind.TEXT for name in (LINE, FILE) if name not in mapping.columns}
    if mapping.person:
        names |= dict.fromkeys(PERSON_NAMES, Kind.TEXT)
    if mapping.account:
        names |= dict.fromkeys(ACCOUNT_NAMES, Kind.TEXT)
    if mapping.parent_account:
        names[PARENT_NAME] = Kind.TEXT
    if mapping.campaign:
        names[CAMPAIGN_NAME] = Kind.TEXT
    if mapping.content:
        names[CONTENT_NAME] = Kind.TEXT
    for name in mapping.columns:
        names |= dict.fromkeys(names_made_by(mapping, name), Kind.TEXT)
        if mapping.previous and not mapping.columns[name].is_list:
            names[f"{PREVIOUS}{name}"] = Kind.TEXT
    return names


def names_made_by(mapping: Mapping, name: str) -> tuple[str, ...]:
    """The names that a column makes beside its own.

    An amount makes none where the mapping has a column of the same name for its currency.
    """
    made: tuple[str, ...] = ()
    if mapping.columns[name].is_list:
        return (f"{name}{IN_ONE_TEXT}",)
    match understood(mapping, name).kind:
        case Kind.CITY:
            made = ("region", "country")
        case Kind.URL:
            made = PARTS
        case Kind.MONEY if f"{name}_currency" not in mapping.columns:
            made = ("currency",)
    return tuple(f"{name}_{part}" for part in made)


def currency_columns(mapping: Mapping, name: str) -> tuple[str, ...]:
    """The columns that say the currency of an amount that does not name it itself."""
    own = f"{name}_currency"
    return tuple(
        dict.fromkeys(
            other
            for rows in mapping.tables
            for assigned in rows.columns.values()
            if isinstance(assigned, Template) and assigned.alone
            if own in assigned.alone.names
            for other in assigned.alone.names[assigned.alone.names.index(own) + 1 :]
            if other in mapping.columns
        )
    )


IN_ONE_TEXT = "_text"
"""Suffix of the name of a list's values as one text, with " > " between them."""


def list_in(mapping: Mapping, name: str) -> str | None:
    """The list whose values are one text under this name; None for any other name."""
    listed = name.removesuffix(IN_ONE_TEXT)
    is_text = name != listed and listed in mapping.columns and mapping.columns[listed].is_list
    return listed if is_text else None


UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")


PARTS = (*UTM, "path", "host")
"""What a column of kind `url` also makes, each after the column's name."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a column of a mapping holds, as SQL type, and how its text is read."""

    kind: Kind
    sql_type: str


def understood(mapping: Mapping, name: str) -> Understood:
    """The kind of a column: the one it declares, else that of the canonical column it feeds."""
    declared = mapping.columns[name].kind
    fed = _fed_types(mapping, name)
    kind = declared or _kind_of(fed)
    if kind in (Kind.MONEY, Kind.NUMBER, Kind.PERCENT):
        decimals = [dtype for dtype in fed if isinstance(dtype, pl.Decimal)]
        if decimals:
            widest = max(decimals, key=lambda dtype: dtype.scale)
            return Understood(kind, f"DECIMAL({widest.precision}, {widest.scale})")
    return Understood(kind, _SQL_TYPES.get(kind, "VARCHAR"))


_SQL_TYPES = {
    Kind.MONEY: "DECIMAL(18, 2)",
    Kind.NUMBER: "DOUBLE",
    Kind.PERCENT: "DOUBLE",
    Kind.INTEGER: "BIGINT",
    Kind.DATE: "DATE",
    Kind.TIMESTAMP: "TIMESTAMP",
    Kind.BOOLEAN: "BOOLEAN",
}


def _fed_types(mapping: Mapping, name: str) -> list[pl.DataType]:
    """Types of the canonical columns that take this column's value whole."""
    return [
        field(rows.into, column).dtype
        for rows in mapping.tables
        for column, assigned in rows.columns.items()
        if isinstance(assigned, Template) and assigned.alone and name in assigned.alone.names
        if rows.into in CANONICAL and column in fields(rows.into)
    ]


def _kind_of(fed: list[pl.DataType]) -> Kind:
    for dtype, kind in _KINDS:
        if any(isinstance(each, dtype) for each in fed):
            return kind
    return Kind.TEXT


_KINDS: tuple[tuple[type[pl.DataType], Kind], ...] = (
    (pl.Datetime, Kind.TIMESTAMP),
    (pl.Date, Kind.DATE),
    (pl.Boolean, Kind.BOOLEAN),
    (pl.Decimal, Kind.MONEY),
    (pl.Float64, Kind.NUMBER),
    (pl.Int64, Kind.INTEGER),
)
