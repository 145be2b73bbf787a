"""Spend of which only a period is known: how much of it was spread evenly over days."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.returns.spent import SPENT
from metrics.scope import Scope


class Grain(StrEnum):
    """For what spend is asked, the coarsest first."""

    PERIOD = "period"
    """The period as a whole."""
    MONTH = "month"
    DAY = "day"


class SpreadSpend(pa.DataFrameModel):
    """One row per grain at which some of the period's spend is not known, the coarsest first.

    `spread_amount` of the `spend_amount` comes from reports whose period reaches over more than one
    day, over several months, or beyond the period of the scope; `share` is that part of all.
    `longest_days` is the longest of these periods.
    """

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True

    grain: str = pa.Field(isin=[each.value for each in Grain])
    spend_amount: Money
    spread_amount: Money
    share: float = pa.Field(nullable=True)
    longest_days: int = pa.Field(ge=2)


def spread_spend(warehouse: Warehouse, scope: Scope) -> DataFrame[SpreadSpend]:
    """How much of the spend is known only for longer periods than are asked for?

    A report without days tells what was spent in all of its period. That is divided evenly among
    the days, so that a day is its average; a month is right if the report lies within it. Spend
    without an exchange rate is left out; the metrics that need it say so. Where all is known there
    is no row.
    """
    reaches = {
        Grain.PERIOD: "(spread_from < period_start OR spread_until > period_end)",
        Grain.MONTH: "date_trunc('month', spread_from) <> date_trunc('month', spread_until)",
        Grain.DAY: "spread_from IS NOT NULL",
    }
    parts = " UNION ALL ".join(
        f"""
        SELECT {place} AS place, '{grain.value}' AS grain,
            CAST(sum(cost_amount) AS DECIMAL(18, 2)) AS spend_amount,
            CAST(sum(CASE WHEN {reach} THEN cost_amount END) AS DECIMAL(18, 2)) AS spread_amount,
            max(CASE WHEN {reach} THEN date_diff('day', spread_from, spread_until) + 1 END)
                AS longest_days
        FROM scoped
        WHERE {SPENT}
        """
        for place, (grain, reach) in enumerate(reaches.items())
    )
    found = warehouse.query(
        Query(
            scope.step("spend"),
            Step("parts", parts),
            Step(
                "spread",
                """
                SELECT grain, spend_amount, spread_amount,
                    CASE WHEN spend_amount > 0 THEN
                        CAST(spread_amount AS DOUBLE) / CAST(spend_amount AS DOUBLE) END AS share,
                    CAST(longest_days AS BIGINT) AS longest_days
                FROM parts
                WHERE longest_days IS NOT NULL AND spread_amount IS NOT NULL
                ORDER BY place
                """,
            ),
        )
    )
    return SpreadSpend.validate(found, lazy=True)
