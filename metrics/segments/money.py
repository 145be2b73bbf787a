"""What deals of each segment are worth, and what was spent on it."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.money import refuse_unconverted, unconverted
from metrics.returns.known_by import SEGMENT_OF_SPEND
from metrics.returns.spent import SPENT
from metrics.scope import SPEND_KNOWN_BY, Dimension, Scope
from metrics.subjects import OPENED_BY

_OPENED = "opened BETWEEN period_start AND period_end AND opened <= observed_until"

_WON = (
    "outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
    " AND closed_on <= observed_until"
)


def deals_of(warehouse: Warehouse, scope: Scope, by: Sequence[Dimension]) -> pl.DataFrame:
    """What were the deals opened and won in the period worth? One row per segment of any deal.

    `opened` and `won_deals` count deals whatever is known of them, `priced_opened` and
    `priced_won` those with an amount; `pipeline_amount` and `won_amount` are their sums in the base
    currency. A deal without a day of opening was opened when it was won.

    Raises MissingRateError when an amount that belongs to a sum has no exchange rate.
    """
    listed = ", ".join(each.value for each in by)
    counts = ", ".join(
        f"count(CASE WHEN {condition} THEN 1 END) AS {number},"
        f" count(CASE WHEN {condition} THEN amount END) AS {priced},"
        f" CAST(coalesce(sum(CASE WHEN {condition} THEN amount END), 0) AS DECIMAL(18, 2))"
        f" AS {total}"
        for condition, number, priced, total in (
            (_OPENED, "opened_deals", "priced_opened", "pipeline_amount"),
            (_WON, "won_deals", "priced_won", "won_amount"),
        )
    )
    in_sum = f"(({_OPENED}) OR ({_WON})) AND original_amount IS NOT NULL AND amount IS NULL"
    found = warehouse.query(
        Query(
            scope.step("deal"),
            Step(
                "dated",
                f"SELECT scoped.*, {OPENED_BY} AS opened FROM scoped",
            ),
            Step(
                "deals",
                f"""
                SELECT {listed}, {counts}, {unconverted(in_sum, "coalesce(closed_on, opened_on)")}
                FROM dated
                GROUP BY {listed}
                """,
            ),
        )
    )
    return _refused("deals", found)


def why_no_spend(scope: Scope, by: Sequence[Dimension]) -> str | None:
    """Why spend cannot be told for these segments; None where it can."""
    filters = [each.dimension for each in (*scope.filters, *scope.viewer.restrictions)]
    unknown = [each for each in by if each not in SEGMENT_OF_SPEND]
    unknown += [each for each in filters if each not in SPEND_KNOWN_BY and each not in unknown]
    if not unknown:
        return None
    return f"spend is not recorded by {' or by '.join(each.label for each in unknown)}"


def spend_of(warehouse: Warehouse, scope: Scope, by: Sequence[Dimension]) -> pl.DataFrame:
    """What was spent in the period? One row per segment of which any day of spend is loaded.

    Raises MissingRateError when a day of the period has no exchange rate.
    """
    segments = ", ".join(f"{SEGMENT_OF_SPEND[each]} AS {each.value}" for each in by)
    listed = ", ".join(each.value for each in by)
    found = warehouse.query(
        Query(
            scope.step("spend"),
            Step(
                "days",
                f"""
                SELECT {segments}, currency, spend_on, period_start, period_end, observed_until,
                    cost_amount
                FROM scoped
                """,
            ),
            Step(
                "spending",
                f"""
                SELECT {listed},
                    CAST(coalesce(sum(CASE WHEN {SPENT} THEN cost_amount END), 0)
                        AS DECIMAL(18, 2)) AS spend_amount,
                    {unconverted(f"{SPENT} AND cost_amount IS NULL", "spend_on")}
                FROM days
                GROUP BY {listed}
                """,
            ),
        )
    )
    return _refused("days of spend", found)


def _refused(what: str, found: pl.DataFrame) -> pl.DataFrame:
    """The rows without the columns of `unconverted`, which must have found nothing."""
    whole = found.select(
        pl.col("unconverted_rows").sum(),
        pl.col("unconverted_currency", "unconverted_from").min(),
        pl.col("unconverted_to").max(),
    )
    refuse_unconverted(what, whole.row(0, named=True))
    return found.drop("^unconverted_.*$")
