"""Values: words without a place, amounts without a rate, columns that stay empty."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.bookkeeping import RejectionKind
from data.schema.contract import UNASSIGNED, columns
from data.schema.frames import DataFrame, pa
from data.schema.tables import CANONICAL
from data.sql import Query, Step


class Unmapped(StrEnum):
    """Where a value stands that has no place."""

    WORD = "word of a rejected row"
    VISIT = "source and medium of visits"
    CURRENCY = "currency"


class _Result(pa.DataFrameModel):
    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class UnmappedValue(_Result):
    """One row per place and value, those in most rows first."""

    kind: str = pa.Field(isin=[each.value for each in Unmapped])
    place: str
    value: str
    row_count: int = pa.Field(ge=1)


class Unpriced(_Result):
    """One row per kind of amount and currency without a usable exchange rate."""

    what: str = pa.Field(isin=("deals", "days of spend"))
    currency: str
    amounts: int = pa.Field(ge=1)
    first_on: pl.Date = pa.Field(nullable=True)
    last_on: pl.Date = pa.Field(nullable=True)


class Unassigned(_Result):
    """One row: leads, and how many of them have no channel."""

    leads: int = pa.Field(ge=0)
    unassigned: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1, nullable=True)


class Completeness(_Result):
    """One row per column and month of a table, in the contract's order of columns."""

    column: str
    month_on: pl.Date = pa.Field(nullable=True)
    row_count: int = pa.Field(ge=1)
    filled: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)


class TableCompleteness(Completeness):
    """One row per column and month of each main table, in the contracts' order."""

    table: str


MONTH_OF = {
    "lead": "created_at",
    "opportunity": "created_at",
    "interaction": "occurred_at",
    "person": "created_at",
    "stage_change": "entered_at",
    "campaign": "starts_on",
    "campaign_spend": "spend_on",
}
"""The main tables, and the column that says of which month a row is."""


def unmapped_values(warehouse: Warehouse) -> DataFrame[UnmappedValue]:
    """Which values in the rows have no place yet?

    Words that a mapping or a table does not know (their rows are refused), the source and medium
    of touches whose channel stays Unassigned, and currencies of amounts that no rate converts.
    `place` is the column of the file, or what the value is of: for a visit its action in words.
    """
    found = warehouse.query(
        Query(
            # What decides a touch's channel is the same within a visit, so one touch is looked up.
            Step(
                "visits",
                """
                SELECT action, campaign_id, utm_source, utm_medium, count(*) AS row_count,
                    min(interaction_id) AS interaction_id
                FROM interaction
                WHERE channel IS NULL
                GROUP BY action, campaign_id, utm_source, utm_medium
                """,
            ),
            Step(
                "unmapped",
                f"""
                SELECT '{Unmapped.WORD}' AS kind, "column" AS place, value, count(*) AS row_count
                FROM rejected_row
                WHERE kind IN ('{RejectionKind.UNMAPPED}', '{RejectionKind.NOT_ALLOWED}')
                    AND value IS NOT NULL
                GROUP BY "column", value
                UNION ALL
                SELECT '{Unmapped.VISIT}', replace(touch.action, '_', ' '),
                    coalesce(visits.utm_source, '(none)') || ' / '
                        || coalesce(visits.utm_medium, '(none)'),
                    CAST(sum(visits.row_count) AS BIGINT)
                FROM visits
                JOIN touch ON touch.interaction_id = visits.interaction_id
                WHERE touch.channel = '{UNASSIGNED}'
                GROUP BY touch.action, coalesce(visits.utm_source, '(none)') || ' / '
                    || coalesce(visits.utm_medium, '(none)')
                UNION ALL
                SELECT '{Unmapped.CURRENCY}', 'deals', currency, count(*)
                FROM deal
                WHERE original_amount IS NOT NULL AND amount IS NULL AND currency IS NOT NULL
                GROUP BY currency
                UNION ALL
                SELECT '{Unmapped.CURRENCY}', 'days of spend', currency, count(*)
                FROM spend
                WHERE cost_amount IS NULL
                GROUP BY currency
                """,
            ),
        )
    )
    ordered = found.with_columns(pl.col("place").fill_null("")).sort(
        "row_count", "kind", "place", "value", descending=[True, False, False, False]
    )
    return UnmappedValue.validate(ordered, lazy=True)


def unpriced(warehouse: Warehouse) -> DataFrame[Unpriced]:
    """Which amounts have no exchange rate into the base currency?

    `first_on` and `last_on` are the days, in the reporting time zone, that need a rate.
    """
    found = warehouse.query(
        Query(
            Step(
                "unpriced",
                """
                SELECT 'deals' AS what, coalesce(currency, '(none)') AS currency,
                    count(*) AS amounts, min(coalesce(closed_on, opened_on)) AS first_on,
                    max(coalesce(closed_on, opened_on)) AS last_on
                FROM deal
                WHERE original_amount IS NOT NULL AND amount IS NULL
                GROUP BY coalesce(currency, '(none)')
                UNION ALL
                SELECT 'days of spend' AS what, currency, count(*) AS amounts,
                    min(spend_on) AS first_on, max(spend_on) AS last_on
                FROM spend
                WHERE cost_amount IS NULL
                GROUP BY currency
                """,
            )
        )
    ).sort("what", "currency")
    return Unpriced.validate(found, lazy=True)


def unassigned_leads(warehouse: Warehouse) -> DataFrame[Unassigned]:
    """How many leads have no known channel?

    One row. A lead counts once, whatever its episodes; `share` is null without leads.
    """
    found = warehouse.query(
        Query(
            Step(
                "leads",
                f"""
                SELECT count(*) AS leads,
                    count(CASE WHEN channel = '{UNASSIGNED}' THEN 1 END) AS unassigned
                FROM journey
                WHERE episode = 1
                """,
            ),
            Step(
                "shared",
                """
                SELECT leads, unassigned, CASE WHEN leads > 0
                    THEN CAST(unassigned AS DOUBLE) / CAST(leads AS DOUBLE) END AS share
                FROM leads
                """,
            ),
        )
    )
    return Unassigned.validate(found, lazy=True)


def completeness(warehouse: Warehouse, table: str) -> DataFrame[Completeness]:
    """Which share of a table's rows has each column filled, month by month?

    `table` is one of MONTH_OF. The month is that of the row's own time, in UTC; rows without one
    are under the month null. A text is filled unless it is null: loading makes blanks null.
    Raises KeyError for another table.
    """
    moment = MONTH_OF[table]
    names = [name for name in columns(CANONICAL[table]) if name not in ("load_id", moment)]
    counted = ", ".join(f"count({name}) AS {name}" for name in names)
    found = warehouse.query(
        Query(
            Step(
                "months",
                f"""
                SELECT CAST(date_trunc('month', CAST({moment} AS DATE)) AS DATE) AS month_on,
                    count(*) AS row_count, {counted}
                FROM {table}
                GROUP BY CAST(date_trunc('month', CAST({moment} AS DATE)) AS DATE)
                """,
            )
        )
    )
    order = pl.Enum(names)
    long = (
        found.unpivot(names, index=["month_on", "row_count"], variable_name="column",
                      value_name="filled")
        .with_columns(pl.col("column").cast(order))
        .sort("column", "month_on", nulls_last=True)
        .with_columns(pl.col("column").cast(pl.String),
                      share=pl.col("filled") / pl.col("row_count"))
        .select("column", "month_on", "row_count", "filled", "share")
    )  # fmt: skip
    return Completeness.validate(long, lazy=True)


def table_completeness(warehouse: Warehouse) -> DataFrame[TableCompleteness]:
    """Which share of the rows of each main table has each column filled, month by month?

    What `completeness` says of a table, for all of MONTH_OF, with the name of the `table`.
    """
    found = pl.concat(
        completeness(warehouse, table).with_columns(table=pl.lit(table)) for table in MONTH_OF
    )
    return TableCompleteness.validate(found, lazy=True)
