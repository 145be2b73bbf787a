"""Leads of a period by segment: how far they came, what they brought, and who was new."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.funnel.conversion import stage_conversion_by
from metrics.scope import Basis, Dimension, Scope, Stage, Unit


def stages_reached(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """How far did the leads of the period come? `segment`, and a column for each stage.

    Leads, on the cohort basis, whatever the scope's unit and basis: those that entered in the
    period, and how many of these reached each later stage until the last day observed.
    """
    cohort = replace(scope, basis=Basis.COHORT, unit=Unit.LEAD)
    rows = stage_conversion_by(warehouse, cohort, by).rename({by.value: "segment"})
    return rows.group_by("segment").agg(
        pl.col("reached").filter(pl.col("stage") == stage.value).sum().alias(stage.value)
        for stage in Stage
    )


def cohort_money(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """What did the leads of the period bring? One row per segment and month of entry.

    `cohort_amount` is what their deals were won for until the last day observed, within the scope's
    window where it has one. A deal's money is its primary lead's. `priced` counts the won deals
    whose amount is known, `unpriced` those whose amount is not.
    """
    won = (
        "is_primary AND won_on <= observed_until AND (window_days IS NULL"
        " OR date_diff('day', lead_on, won_on) <= window_days)"
    )
    return warehouse.query(
        Query(
            scope.step("journey"),
            Step(
                "entries",
                """
                SELECT scoped.*, min(lead_on) OVER (PARTITION BY lead_id) AS entered_on
                FROM scoped
                """,
            ),
            Step(
                "brought",
                f"""
                SELECT {by.value} AS segment,
                    CAST(date_trunc('month', entered_on) AS DATE) AS month_on,
                    CAST(coalesce(sum(CASE WHEN {won} THEN won_amount END), 0) AS DECIMAL(18, 2))
                        AS cohort_amount,
                    count(CASE WHEN {won} THEN won_amount END) AS priced,
                    count(CASE WHEN {won} AND won_amount IS NULL THEN 1 END) AS unpriced
                FROM entries
                WHERE entered_on BETWEEN period_start AND period_end
                    AND entered_on <= observed_until
                GROUP BY {by.value}, CAST(date_trunc('month', entered_on) AS DATE)
                """,
            ),
        )
    )


def new_customers(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    """Which accounts were won for the first time in the period? Their number by segment.

    The segment is that of the account's first won deal. A deal without an account counts as a
    customer of its own.
    """
    return warehouse.query(
        Query(
            scope.step("deal", mark=True),
            Step(
                "in_order",
                """
                SELECT scoped.*,
                    row_number() OVER (
                        PARTITION BY coalesce('account ' || account_id, 'deal ' || opportunity_id)
                        ORDER BY closed_on, opportunity_id
                    ) AS place
                FROM scoped
                WHERE outcome = 'won' AND closed_on <= observed_until
                """,
            ),
            Step(
                "won_first",
                f"""
                SELECT {by.value} AS segment, count(*) AS new_customers
                FROM in_order
                WHERE place = 1 AND matches AND closed_on BETWEEN period_start AND period_end
                GROUP BY {by.value}
                """,
            ),
        )
    )


def worth_of_wins(warehouse: Warehouse, scope: Scope) -> NDArray[np.float64]:
    """What did each won lead of the period bring? One number per lead, of known amounts.

    0 of a lead whose deal's money is another's.
    """
    rows = warehouse.query(
        Query(
            scope.step("journey"),
            Step(
                "wins",
                """
                SELECT lead_id,
                    CAST(sum(CASE WHEN is_primary THEN won_amount END) AS DOUBLE) AS worth,
                    count(CASE WHEN is_primary AND won_amount IS NULL THEN 1 END) AS unpriced
                FROM scoped
                WHERE lead_on BETWEEN period_start AND period_end AND won_on <= observed_until
                GROUP BY lead_id
                """,
            ),
            Step("priced", "SELECT coalesce(worth, 0e0) AS worth FROM wins WHERE unpriced = 0"),
        )
    )
    return rows["worth"].sort().to_numpy()
