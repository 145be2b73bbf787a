"""Amounts in the base currency, beside the original ones."""

from __future__ import annotations

from data.definitions import Definitions
from data.engine.draft import Draft
from data.sql import Query, Step, literal


def convert_amounts(draft: Draft, definitions: Definitions) -> None:
    """Fill base-currency amounts: the rate of the day, else the newest one that still holds."""
    zone = literal(definitions.time_zone)
    closed = f"CAST(timezone({zone}, timezone('UTC', coalesce(closed_at, created_at))) AS DATE)"
    for table, amount, original, day in (
        ("campaign_spend", "cost_amount", "original_cost_amount", "spend_on"),
        ("campaign_spend_version", "cost_amount", "original_cost_amount", "spend_on"),
        ("opportunity", "amount", "original_amount", closed),
        ("account_order", "amount", "original_amount", "ordered_on"),
    ):
        if not draft.has_any(table):
            continue
        draft.build("priced", priced_rows(definitions, table, original, day))
        draft.execute(
            f"""
            UPDATE {table} SET {amount} = priced.amount FROM priced
            WHERE {table}.rowid = priced.row_key
                AND {table}.{amount} IS DISTINCT FROM priced.amount
            """
        )
        draft.execute("DROP TABLE priced")


def priced_rows(definitions: Definitions, table: str, original: str, day: str) -> Query:
    """One row per row of a table: its `original` amount in the base currency, on its `day`."""
    terms = Step(
        "terms",
        "SELECT CAST(? AS VARCHAR) AS base_currency, CAST(? AS INTEGER) AS rate_valid_days",
        (definitions.base_currency, definitions.rate_valid_days),
    )
    return Query(
        terms,
        Step(
            "dated_rows",
            f"""
            SELECT rowid AS row_key, {original} AS original, currency, {day} AS paid_on
            FROM {table}
            """,
        ),
        Step(
            "priced_rows",
            """
            SELECT dated_rows.row_key,
                CAST(CAST(dated_rows.original AS DECIMAL(20, 2)) * CASE
                    WHEN dated_rows.currency = terms.base_currency THEN 1
                    WHEN dated_rows.paid_on - exchange_rate.rate_on < terms.rate_valid_days
                        THEN exchange_rate.rate
                END AS DECIMAL(18, 2)) AS amount
            FROM dated_rows
            ASOF LEFT JOIN exchange_rate
                ON dated_rows.currency = exchange_rate.currency
                AND dated_rows.paid_on >= exchange_rate.rate_on
            CROSS JOIN terms
            """,
        ),
    )
