"""What came, day by day: entries into each stage, won deals, revenue and spend."""

from __future__ import annotations

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MissingRateError
from data.sql import Query, Step
from metrics.period import in_words
from metrics.plan.attainment.kept_plan import SPEND, KeptPlan
from metrics.plan.backward.table import REVENUE
from metrics.plan.past.entry_steps import EVERYTHING, entry_steps
from metrics.scope import SPEND_KNOWN_BY, Dimension, Scope, Stage


def counted_by_day(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> pl.DataFrame:
    """How much came on each day of the scope's period, in the plan's segments?

    One row per day_on, segment and metric with a `value`; days without any are not there. Leads
    count in every stage from the plan's entry on, on the day they reached it; deals are won on the
    day they are closed, whether or not a lead is known. A plan that starts from opportunities
    counts the deals opened. Spend is there where the scope's filters and the plan's dimension are
    what spend is recorded by, else for all segments together or not at all.

    Raises MissingRateError where a won deal's amount has no exchange rate.
    """
    parts = [_deals(warehouse, scope, plan), _spend(warehouse, scope, plan)]
    if plan.entry not in (Stage.OPPORTUNITY, Stage.WON):
        parts.append(_entries(warehouse, scope, plan))
    found = pl.concat(parts)
    names = found["segment"].unique().to_list()
    known = {name: plan.segment_of(name) for name in names if name != EVERYTHING}
    return (
        found.with_columns(pl.col("segment").replace(known))
        .group_by("day_on", "segment", "metric")
        .agg(pl.col("value").sum())
        .sort("day_on", "segment", "metric")
    )


def _entries(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> pl.DataFrame:
    stages = list(Stage)[list(Stage).index(plan.entry) : -1]
    parts = "\nUNION ALL\n".join(
        f"SELECT segment, '{stage.value}' AS metric, {stage.value}_on AS day_on FROM entries"
        f" WHERE {stage.value}_on BETWEEN period_start AND period_end"
        f" AND {stage.value}_on <= observed_until"
        for stage in stages
    )
    step = Step(
        "entered",
        f"""
        SELECT day_on, segment, metric, CAST(count(*) AS DOUBLE) AS value
        FROM ({parts}) AS entered
        GROUP BY day_on, segment, metric
        """,
    )
    return warehouse.query(Query(*entry_steps(scope, plan.by, plan.entry), step))


def _deals(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> pl.DataFrame:
    segment = _segment(plan.by)
    won = (
        "FROM scoped WHERE outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
        " AND closed_on <= observed_until"
    )
    opened = (
        "FROM scoped WHERE opened_on BETWEEN period_start AND period_end"
        " AND opened_on <= observed_until"
    )
    parts = [
        f"SELECT closed_on AS day_on, {segment} AS segment, '{Stage.WON.value}' AS metric,"
        f" 1e0 AS number {won}",
        f"SELECT closed_on, {segment}, '{REVENUE}', CAST(amount AS DOUBLE) {won}",
    ]
    if plan.entry is Stage.OPPORTUNITY:
        parts.append(f"SELECT opened_on, {segment}, '{Stage.OPPORTUNITY.value}', 1e0 {opened}")
    union = "\nUNION ALL\n".join(parts)
    refuse_unconverted(warehouse, scope, won)
    step = Step(
        "deal_days",
        f"""
        SELECT day_on, segment, metric, coalesce(sum(number), 0e0) AS value
        FROM ({union}) AS events
        GROUP BY day_on, segment, metric
        """,
    )
    return warehouse.query(Query(scope.step("deal"), step))


def refuse_unconverted(warehouse: Warehouse, scope: Scope, won: str) -> None:
    """Raise MissingRateError where an amount among `won` (SQL from FROM on) was not converted."""
    step = Step(
        "unconverted",
        f"""
        SELECT count(*) AS deals, min(coalesce(currency, '(none)')) AS currency,
            min(closed_on) AS first_on, max(closed_on) AS last_on
        {won} AND original_amount IS NOT NULL AND amount IS NULL
        """,
    )
    row = warehouse.query(Query(scope.step("deal"), step)).row(0, named=True)
    if row["deals"]:
        raise MissingRateError(
            f"{row['deals']} won deals cannot be converted: no exchange rate, for example for"
            f" {row['currency']} between {in_words(row['first_on'])} and"
            f" {in_words(row['last_on'])}. Load a file of exchange rates (currency, rate_on, rate)"
            " that covers these days."
        )


def _spend(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> pl.DataFrame:
    filters = (*scope.filters, *scope.viewer.restrictions)
    if any(each.dimension not in SPEND_KNOWN_BY for each in filters):
        return pl.DataFrame(
            schema={
                "day_on": pl.Date,
                "segment": pl.String,
                "metric": pl.String,
                "value": pl.Float64,
            }
        )
    by = plan.by if plan.by in SPEND_KNOWN_BY else None
    step = Step(
        "spent",
        f"""
        SELECT day_on, segment, '{SPEND}' AS metric, coalesce(sum(cost), 0e0) AS value
        FROM (
            SELECT spend_on AS day_on, {_segment(by)} AS segment,
                CAST(cost_amount AS DOUBLE) AS cost
            FROM scoped
            WHERE spend_on BETWEEN period_start AND period_end AND spend_on <= observed_until
        ) AS days
        GROUP BY day_on, segment
        """,
    )
    return warehouse.query(Query(scope.step("spend"), step))


def _segment(by: Dimension | None) -> str:
    return by.value if by else f"'{EVERYTHING}'"
