"""Routes: what came of leads of each level that were given to each route, and what that cost."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.dispatch.had import UNROUTED, had_steps
from metrics.follow_up.handed_over import need_assignments
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class DispatchRoute(pa.DataFrameModel):
    """One row per level (lead tier) and route, levels by name, the most leads first, then nobody.

    `leads` are those for which the route is the last, `assignments` every time that a lead was
    given to it. `sql` and `won` are the leads that had got so far on the last day observed.
    `ripe` of the leads were given early enough, and not as SQLs already: of these `ripe_sql` became
    an SQL within the definitions' window after they were given, and `sql_rate` is the share, with
    bounds of 95%, null of none. `won_ripe`, `ripe_won` and `won_rate` are the same of won, within
    the windows of SQL, opportunity and won together. `cost_amount`, in the base currency, is
    assignments × what the definitions state for the route, null without.
    """

    level: str
    route: str
    leads: int = pa.Field(ge=0)
    assignments: int = pa.Field(ge=0)
    sql: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    ripe: int = pa.Field(ge=0)
    ripe_sql: int = pa.Field(ge=0)
    sql_rate: float = pa.Field(ge=0, le=1, nullable=True)
    sql_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    sql_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    won_ripe: int = pa.Field(ge=0)
    ripe_won: int = pa.Field(ge=0)
    won_rate: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_low: float = pa.Field(ge=0, le=1, nullable=True)
    won_rate_high: float = pa.Field(ge=0, le=1, nullable=True)
    cost_amount: float = pa.Field(nullable=True)
    cost_per_lead: float = pa.Field(nullable=True)
    cost_per_sql: float = pa.Field(nullable=True)
    cost_per_won: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per level and route."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["level", "route"]


def dispatch_routes(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[DispatchRoute]:
    """How many leads of each level went by each route, what came of them, and what did it cost?

    Of leads that entered in the period, whatever the scope's basis and unit. A lead that was given
    on costs every route that had it; what came of it belongs to the last. Leads that nobody was
    given are `Unrouted`, with the days counted from when they came. Who chooses the route chooses
    what comes of it: rates of routes are no comparison of like leads.

    Raises MetricError where no assignment is loaded. Source: Wilson (1927) for the bounds.
    """
    need_assignments(warehouse)
    found = warehouse.query(Query(*had_steps(scope), _counted(definitions)))
    stated = pl.DataFrame(
        list(definitions.route_costs.items()),
        schema={"route": pl.String, "cost": pl.Float64},
        orient="row",
    )
    sql_low, sql_high = wilson(pl.col("ripe_sql"), pl.col("ripe"))
    won_low, won_high = wilson(pl.col("ripe_won"), pl.col("won_ripe"))
    rows = (
        found.join(stated, on="route", how="left")
        .with_columns(
            sql_rate=ratio(pl.col("ripe_sql"), pl.col("ripe")),
            sql_rate_low=sql_low,
            sql_rate_high=sql_high,
            won_rate=ratio(pl.col("ripe_won"), pl.col("won_ripe")),
            won_rate_low=won_low,
            won_rate_high=won_high,
            cost_amount=pl.col("cost") * pl.col("assignments"),
        )
        .with_columns(
            cost_per_lead=ratio(pl.col("cost_amount"), pl.col("leads")),
            cost_per_sql=ratio(pl.col("cost_amount"), pl.col("sql")),
            cost_per_won=ratio(pl.col("cost_amount"), pl.col("won")),
        )
        .sort("level", pl.col("route") == UNROUTED, -pl.col("leads"), "route")
    )
    return DispatchRoute.validate(rows.select(list(DispatchRoute.to_schema().columns)), lazy=True)


def _counted(definitions: Definitions) -> Step:
    """Step to one row per level and route."""
    windows = definitions.windows
    days = {"sql": windows.sql, "won": windows.sql + windows.opportunity + windows.won}
    ripe = {
        stage: "is_current = 1 AND sql_is_new = 1"
        f" AND date_diff('day', since_on, observed_until) >= {window}"
        for stage, window in days.items()
    }
    within = {
        stage: f"{ripe[stage]} AND date_diff('day', since_on, {stage}_on) <= {window}"
        for stage, window in days.items()
    }
    counts = {
        "leads": "is_current = 1",
        "assignments": "place > 0",
        "sql": "is_current = 1 AND sql_on <= observed_until",
        "won": "is_current = 1 AND won_on <= observed_until",
        "ripe": ripe["sql"],
        "ripe_sql": within["sql"],
        "won_ripe": ripe["won"],
        "ripe_won": within["won"],
    }
    columns = ", ".join(f"count(CASE WHEN {test} THEN 1 END) AS {n}" for n, test in counts.items())
    return Step(
        "counted",
        f"""
        SELECT level, route, {columns}
        FROM (
            SELECT had.*, tier AS level,
                CASE WHEN sql_on < since_on THEN 0 ELSE 1 END AS sql_is_new
            FROM had
            WHERE lead_on BETWEEN period_start AND period_end AND (is_current = 1 OR place > 0)
        ) AS entered
        GROUP BY level, route
        """,
    )
