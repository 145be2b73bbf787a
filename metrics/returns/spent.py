"""Spend of a period by segment and month, with the impressions and clicks it bought."""

from __future__ import annotations

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.money import refuse_unconverted, unconverted
from metrics.returns.known_by import SEGMENT_OF_SPEND
from metrics.returns.revenue import MONEY
from metrics.scope import Dimension, Scope

SPENT = "spend_on BETWEEN period_start AND period_end AND spend_on <= observed_until"
"""SQL: a day of spend is in the period and observed."""


def spent(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """What was spent in the period? One row per segment and month of which any spend is loaded.

    `spend_amount` is of the days in the period; of other months it is 0, so that a segment whose
    spend is known and was nothing differs from one of which none is loaded. `shown_amount` is the
    part of days whose impressions are recorded, `clicked_amount` of those whose clicks are, and
    `shown_clicks` are the clicks of days with both.

    Raises MissingRateError when a day of the period has no exchange rate.
    """
    refused = Step("refused", f"SELECT {unconverted(_WITHOUT_RATE, 'spend_on')} FROM scoped")
    row = warehouse.query(Query(scope.step("spend"), refused)).row(0, named=True)
    refuse_unconverted("days of spend", row)
    return warehouse.query(Query(scope.step("spend"), _by_month(by)))


def period_spend(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """What was spent in the period? One row per segment; what no day has recorded stays null."""
    months = spent(warehouse, scope, by)
    names = [name for name in months.columns if name not in ("segment", "month_on")]
    return (
        months.group_by("segment")
        .agg(
            pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name)
            for name in names
        )
        .with_columns(pl.col("spend_amount").fill_null(0).cast(MONEY))
    )


_WITHOUT_RATE = f"{SPENT} AND cost_amount IS NULL"


def _by_month(by: Dimension) -> Step:
    sums = {
        "spend_amount": (SPENT, "cost_amount", "DECIMAL(18, 2)"),
        "shown_amount": (f"{SPENT} AND impressions IS NOT NULL", "cost_amount", "DECIMAL(18, 2)"),
        "clicked_amount": (f"{SPENT} AND clicks IS NOT NULL", "cost_amount", "DECIMAL(18, 2)"),
        "shown_clicks": (f"{SPENT} AND impressions IS NOT NULL", "clicks", "BIGINT"),
        "impressions": (SPENT, "impressions", "BIGINT"),
        "clicks": (SPENT, "clicks", "BIGINT"),
    }
    columns = ", ".join(
        f"CAST(sum(CASE WHEN {condition} THEN {column} END) AS {kind}) AS {name}"
        for name, (condition, column, kind) in sums.items()
    )
    segment = SEGMENT_OF_SPEND[by]
    return Step(
        "spent",
        f"""
        SELECT {segment} AS segment, CAST(date_trunc('month', spend_on) AS DATE) AS month_on,
            {columns}
        FROM scoped
        GROUP BY {segment}, CAST(date_trunc('month', spend_on) AS DATE)
        """,
    )
