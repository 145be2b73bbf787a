"""What every table contract shares: types, vocabularies, keys and the SQL of a table."""

from __future__ import annotations

from typing import Annotated

import polars as pl

from data.schema.frames import pa
from data.sql import identifier

Timestamp = Annotated[pl.Datetime, "us", None]

Money = Annotated[pl.Decimal, 18, 2]

Rate = Annotated[pl.Decimal, 18, 8]


STAGES = ("lead", "mql", "sql", "opportunity", "won")
"""The funnel's order: a lead that entered a stage has reached every stage before it."""


EXITS = ("disqualified", "lost", "recycled")

RELATIONSHIPS = (
    "customer",
    "other_product_customer",
    "competitor_customer",
    "prospect",
    "unknown",
)

EMAIL_STATES = ("valid", "invalid", "bounced", "role", "disposable", "none")

PHONE_STATES = ("valid", "invalid", "none")

CONSENTS = ("granted", "withdrawn", "unknown")


RECORDS = (
    "lead",
    "opportunity",
    "person",
    "account",
    "campaign",
    "content",
    "interaction",
    "account_order",
    "action",
)
"""Kinds of records that a source can delete or merge: the tables whose key is one id, and `person`,
of which the record of a source system is meant."""


UNASSIGNED = "Unassigned"
"""What a segment is called when nothing was recorded; it is always shown."""


class Contract(pa.DataFrameModel):
    """What all tables share: exactly the declared columns, in the declared order."""

    class Config:
        """Exactly these columns, in this order; `unique` names the key."""

        strict = True
        ordered = True


def columns(contract: type[pa.DataFrameModel]) -> dict[str, pl.DataType]:
    """The contract's columns in order, with their Polars types.

    >>> from data.schema.tables import ExchangeRate
    >>> columns(ExchangeRate)
    {'currency': String, 'rate_on': Date, 'rate': Decimal(precision=18, scale=8), 'load_id': String}
    """
    return {name: column.dtype.type for name, column in contract.to_schema().columns.items()}


def key(contract: type[Contract]) -> tuple[str, ...]:
    """The columns that together identify a row.

    >>> from data.schema.tables import ExchangeRate
    >>> key(ExchangeRate)
    ('currency', 'rate_on')
    """
    return tuple(contract.to_schema().unique or ())


_SQL_TYPES: dict[type[pl.DataType], str] = {
    pl.String: "VARCHAR",
    pl.Int64: "BIGINT",
    pl.Float64: "DOUBLE",
    pl.Boolean: "BOOLEAN",
    pl.Date: "DATE",
    pl.Datetime: "TIMESTAMP",
}


def sql_type(dtype: pl.DataType) -> str:
    """The SQL type that holds a Polars type.

    >>> sql_type(pl.Decimal(18, 2))
    'DECIMAL(18, 2)'
    """
    if isinstance(dtype, pl.Decimal):
        return f"DECIMAL({dtype.precision}, {dtype.scale})"
    return _SQL_TYPES[dtype.base_type()]


def reported_by_columns(contract: type[Contract]) -> dict[str, pl.DataType]:
    """Columns of the table that says which further loads report a key, and as which one.

    >>> from data.schema.tables import ExchangeRate
    >>> list(reported_by_columns(ExchangeRate))
    ['currency', 'rate_on', 'load_id', 'same_as']
    """
    declared = columns(contract)
    keys = {name: declared[name] for name in key(contract)}
    return keys | {"load_id": pl.String(), "same_as": pl.String()}


def create_reported_by(name: str, contract: type[Contract]) -> str:
    """The CREATE TABLE statement of a contract's table of reports; nothing in it is missing."""
    parts = [
        f"{identifier(each)} {sql_type(dtype)} NOT NULL"
        for each, dtype in reported_by_columns(contract).items()
    ]
    return f"CREATE TABLE {identifier(name)} ({', '.join(parts)})"


def aside_columns(contract: type[Contract]) -> dict[str, pl.DataType]:
    """Columns of the table of rows that do not stand now: the table's own, and why.

    >>> from data.schema.tables import ExchangeRate
    >>> list(aside_columns(ExchangeRate))
    ['currency', 'rate_on', 'rate', 'load_id', 'because']
    """
    return columns(contract) | {"because": pl.String()}


def create_aside(name: str, contract: type[Contract]) -> str:
    """The CREATE TABLE statement of a contract's table of rows that do not stand now."""
    return create_table(name, contract)[:-1] + ', "because" VARCHAR NOT NULL)'


def create_table(name: str, contract: type[Contract]) -> str:
    """The CREATE TABLE statement of a contract: names, types and NOT NULL, nothing else.

    Keys are kept by the load, which merges rows on them in bulk; an index would cost more than
    the merge. Names are quoted because `column` and `row` are words of SQL.

    >>> from data.schema.tables import ErasedPerson
    >>> print(create_table("erased_person", ErasedPerson))
    CREATE TABLE "erased_person" ("email_key" VARCHAR, "phone_key" VARCHAR)
    """
    schema = contract.to_schema()
    parts = [
        f"{identifier(column)} {sql_type(dtype)}"
        + ("" if schema.columns[column].nullable else " NOT NULL")
        for column, dtype in columns(contract).items()
    ]
    return f"CREATE TABLE {identifier(name)} ({', '.join(parts)})"
