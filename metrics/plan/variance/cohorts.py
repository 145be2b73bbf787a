"""What became of the entries of each month and segment, step by step, and what they won."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.period import Period
from metrics.plan.attainment.counted import refuse_unconverted
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.past.entry_steps import EVERYTHING, entry_steps
from metrics.scope import Scope, Stage
from metrics.subjects import is_undated

Steps = tuple[tuple[Stage, Stage], ...]


def steps_from(entry: Stage) -> Steps:
    """The steps of the funnel from a stage on: from each stage to the one after it.

    >>> [f"{start} to {end}" for start, end in steps_from(Stage.SQL)]
    ['sql to opportunity', 'opportunity to won']
    """
    stages = list(Stage)[list(Stage).index(entry) :]
    return tuple(pairwise(stages))


def cohort_steps(scope: Scope, plan: KeptPlan) -> tuple[Step, ...]:
    """Steps to `cohort`: one row per entry with its month, segment, days, and the day it left.

    Columns: record, segment, month_on, the day of each stage from the plan's entry on, and the one
    by which it was reached for certain, exit_on and the bounds. A stage was reached on the day a
    later one was, where no day of its own is known. A plan that starts from opportunities has a row
    per deal.
    """
    if plan.entry is Stage.OPPORTUNITY:
        segment = plan.by.value if plan.by else f"'{EVERYTHING}'"
        return (
            scope.step("deal"),
            Step(
                "cohort",
                f"""
                SELECT opportunity_id AS record, {segment} AS segment,
                    CAST(date_trunc('month', opened_on) AS DATE) AS month_on,
                    opened_on AS opportunity_on,
                    CASE WHEN outcome = 'won' THEN closed_on END AS won_on,
                    opened_on AS opportunity_by_on,
                    CASE WHEN outcome = 'won' THEN closed_on END AS won_by_on,
                    CASE WHEN outcome = 'lost' THEN closed_on END AS exit_on,
                    period_start, period_end, observed_until
                FROM scoped
                """,
            ),
        )
    stages = list(Stage)[list(Stage).index(plan.entry) : -1]
    days = []
    for place, stage in enumerate(stages):
        for day in ("on", "by_on"):
            later = ", ".join(f"{each.value}_{day}" for each in stages[place:])
            days.append(f"coalesce({later}, won_{day}) AS {stage.value}_{day}")
    return (
        *entry_steps(scope, plan.by, plan.entry),
        Step(
            "cohort",
            f"""
            SELECT lead_id AS record, segment, month_on, {", ".join(days)}, won_on, won_by_on,
                exit_on, period_start, period_end, observed_until
            FROM entries
            """,
        ),
    )


def followed_steps(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> pl.DataFrame:
    """How did the entries of the scope's period fare at each step, by how long they were followed?

    One row per month_on, segment, from_stage and followed_days, the days from the stage to the end
    of the data: `records` reached the stage, of which `converted` reached the next one and `exited`
    left before it; the others are open. Who reached it on an unknown day is not there.
    """
    parts = "\nUNION ALL\n".join(
        f"SELECT month_on, segment, '{start.value}' AS from_stage,"
        f" date_diff('day', {start.value}_on, observed_until) AS followed_days,"
        f" CASE WHEN {end.value}_on <= observed_until THEN 1 ELSE 0 END AS converted,"
        f" CASE WHEN ({end.value}_on IS NULL OR {end.value}_on > observed_until)"
        f" AND exit_on <= observed_until THEN 1 ELSE 0 END AS exited"
        f" FROM cohort WHERE {plan.entry.value}_on BETWEEN period_start AND period_end"
        f" AND {start.value}_on <= observed_until AND NOT {is_undated(end)}"
        for start, end in steps_from(plan.entry)
    )
    step = Step(
        "followed",
        f"""
        SELECT month_on, segment, from_stage, followed_days, count(*) AS records,
            CAST(sum(converted) AS BIGINT) AS converted, CAST(sum(exited) AS BIGINT) AS exited
        FROM ({parts}) AS taken
        GROUP BY month_on, segment, from_stage, followed_days
        """,
    )
    found = warehouse.query(Query(*cohort_steps(scope, plan), step))
    return _folded(found, plan).sort("month_on", "segment", "from_stage", "followed_days")


@dataclass(frozen=True, slots=True, eq=False)
class Wins:
    """Won deals, by the day they closed.

    `of_cohorts` has the first wins of the plan's entries by month_on and segment, `all` every won
    deal of the scope; both by closed_on and currency, with `deals`, `amount` in the base currency
    and `original_amount`.
    """

    of_cohorts: pl.DataFrame
    all: pl.DataFrame


def cohort_wins(warehouse: Warehouse, scope: Scope, plan: KeptPlan, period: Period) -> Wins:
    """What did the entries of the scope's period win in another period, and what was won in all?

    Raises MissingRateError where a won deal's amount has no exchange rate.
    """
    sums = (
        "count(*) AS deals, coalesce(sum(CAST(amount AS DOUBLE)), 0e0) AS amount,"
        " coalesce(sum(CAST(original_amount AS DOUBLE)), 0e0) AS original_amount"
    )
    key = "opportunity_id" if plan.entry is Stage.OPPORTUNITY else "lead_id"
    taken = Step(
        "taken",
        f"""
        SELECT month_on, segment, deal.closed_on, coalesce(deal.currency, '') AS currency,
            deal.amount, deal.original_amount
        FROM cohort
        JOIN deal ON deal.{key} = cohort.record AND deal.closed_on = cohort.won_on
        WHERE deal.outcome = 'won' AND deal.closed_on <= observed_until
            AND {plan.entry.value}_on BETWEEN period_start AND period_end
        """,
    )
    summed = Step(
        "won",
        f"""
        SELECT month_on, segment, closed_on, currency, {sums}
        FROM taken
        GROUP BY month_on, segment, closed_on, currency
        """,
    )
    everything = Step(
        "won",
        f"""
        SELECT closed_on, currency, {sums}
        FROM (SELECT closed_on, coalesce(currency, '') AS currency, amount, original_amount
            FROM scoped WHERE outcome = 'won' AND closed_on <= observed_until) AS deals
        GROUP BY closed_on, currency
        """,
    )
    won = (
        "FROM scoped WHERE outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
        " AND closed_on <= observed_until"
    )
    refuse_unconverted(warehouse, scope, won)
    inside = pl.col("closed_on").is_between(period.start, period.end)
    mine = warehouse.query(Query(*cohort_steps(scope, plan), taken, summed)).filter(inside)
    whole = warehouse.query(Query(scope.step("deal"), everything)).filter(inside)
    keys = ["month_on", "segment", "closed_on", "currency"]
    return Wins(_folded(mine, plan).sort(keys), whole.sort("closed_on", "currency"))


def exchange_rates(warehouse: Warehouse, day: date) -> dict[str, float]:
    """The newest exchange rate of each currency on a day."""
    query = Query(
        Step("asked", "SELECT CAST(? AS DATE) AS rate_day", (day,)),
        Step(
            "ranked",
            """
            SELECT currency, CAST(rate AS DOUBLE) AS rate,
                row_number() OVER (PARTITION BY currency ORDER BY rate_on DESC) AS place
            FROM exchange_rate CROSS JOIN asked
            WHERE rate_on <= rate_day
            """,
        ),
        Step("newest", "SELECT currency, rate FROM ranked WHERE place = 1"),
    )
    return dict(warehouse.query(query).iter_rows())


def at_planned_rates(won: pl.DataFrame, rates: dict[str, float], base: str) -> pl.DataFrame:
    """The rows with `planned_amount`: the original amounts at the plan's exchange rates.

    Amounts in the base currency, and in one that had no rate then, are as they are.

    >>> won = pl.DataFrame({"currency": ["EUR"], "amount": [120.0], "original_amount": [100.0]})
    >>> at_planned_rates(won, {"EUR": 1.1}, "USD")["planned_amount"].round(6).to_list()
    [110.0]
    """
    known = {currency: rate for currency, rate in rates.items() if currency != base}
    rate = pl.col("currency").replace_strict(known, default=None, return_dtype=pl.Float64)
    return won.with_columns(
        planned_amount=pl.when(rate.is_not_null())
        .then(pl.col("original_amount") * rate)
        .otherwise(pl.col("amount"))
    )


def _folded(rows: pl.DataFrame, plan: KeptPlan) -> pl.DataFrame:
    """The rows in the plan's segments."""
    known = {name: plan.segment_of(name) for name in rows["segment"].unique().to_list()}
    numbers = [name for name in rows.columns if name in _ADDED]
    keys = [name for name in rows.columns if name not in _ADDED]
    folded = rows.with_columns(pl.col("segment").replace(known))
    return folded.group_by(keys).agg(pl.col(numbers).sum())


_ADDED = ("records", "converted", "exited", "deals", "amount", "original_amount")
