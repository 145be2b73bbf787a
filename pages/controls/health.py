"""What the data health page asks the warehouse: sources, refusals, sizes and gaps."""

from __future__ import annotations

import polars as pl

from data.query import Query, Step
from data.tables import CANONICAL, DERIVED, UNASSIGNED
from data.warehouse import Warehouse


def sources(warehouse: Warehouse) -> pl.DataFrame:
    """One row per kind of file, the one that waits longest for a newer export first.

    `newest` is the time the newest export of this kind was true, `days_behind` how many days that
    is before the newest export of any kind.
    """
    return warehouse.query(
        Query(
            Step(
                "sources",
                """
                SELECT mapping, max(as_of) AS newest, count(*) AS files,
                    sum(rows_kept) AS rows_kept, sum(rows_rejected) AS rows_rejected
                FROM load
                GROUP BY mapping
                """,
            ),
            Step(
                "aged",
                """
                SELECT mapping, newest,
                    date_diff('day', CAST(newest AS DATE), CAST(max(newest) OVER () AS DATE))
                        AS days_behind,
                    files, CAST(rows_kept AS BIGINT) AS rows_kept,
                    CAST(rows_rejected AS BIGINT) AS rows_rejected
                FROM sources
                """,
            ),
        )
    ).sort("newest", "mapping")


def refusals(warehouse: Warehouse) -> pl.DataFrame:
    """One row per file, reason and column, with how many rows were refused and the first line."""
    return warehouse.query(
        Query(
            Step(
                "refused",
                """
                SELECT load.file_name, rejected_row.reason, rejected_row."column",
                    count(*) AS rows_rejected, min(rejected_row.line) AS first_line,
                    load.load_id
                FROM rejected_row
                JOIN load ON load.load_id = rejected_row.load_id
                GROUP BY load.file_name, rejected_row.reason, rejected_row."column", load.load_id
                """,
            )
        )
    ).sort("rows_rejected", "file_name", "reason", "first_line", descending=[True] + 3 * [False])


def table_sizes(warehouse: Warehouse) -> pl.DataFrame:
    """One row per table of the warehouse: its kind and how many rows it has."""
    counts = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, '{table}' AS name, count(*) AS row_count FROM {table}"
        for kind, tables in (("loaded", CANONICAL), ("derived", DERIVED))
        for table in tables
    )
    found = warehouse.query(Query(Step("sizes", counts)))
    return found.sort("kind", "row_count", "name", descending=[True, True, False])


def unpriced(warehouse: Warehouse) -> pl.DataFrame:
    """One row per currency and kind of amount that no exchange rate turns into the base currency.

    `first_on` and `last_on` are the days for which a rate is missing.
    """
    return warehouse.query(
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


def unassigned_share(warehouse: Warehouse) -> float | None:
    """The part of leads for which no channel is recorded; None without leads."""
    row = warehouse.query(
        Query(
            Step(
                "leads",
                f"""
                SELECT count(DISTINCT lead_id) AS leads,
                    count(DISTINCT CASE WHEN channel = '{UNASSIGNED}' THEN lead_id END)
                        AS unassigned
                FROM journey
                """,
            )
        )
    ).row(0, named=True)
    return row["unassigned"] / row["leads"] if row["leads"] else None
