"""Routes: how soon leads were taken up by each, what came of them, and the cost to serve them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import age_reached
from metrics.estimators.incidence import incidence
from metrics.rates import ratio
from metrics.scope import Scope

UNROUTED = "Unrouted"
"""The route of leads that were given to nobody."""

SHARES = (0.5, 0.9)
"""Of all assignments, the shares whose time of answering is told."""


class RouteCost(pa.DataFrameModel):
    """One row per route that leads of the period were given to, the most leads first, then none.

    `assignments` counts every time a lead was given to it: `accepted`, `rejected` or `waiting`. The
    first answer counts. `response_hours` is when half of them had one, `response_90_hours` when
    nine in ten had: those who wait still count, so that a backlog does not look quick; null where
    too few have answered. `leads` are those for which the route was the last, with what came of
    them: `opportunity` and `won`. `cost_amount`, in the base currency, is assignments × what the
    definitions state for the route, null without; the cost of one opportunity and one win is null
    of none as well. `Unrouted` leads were given to nobody.
    """

    route: str
    leads: int = pa.Field(ge=0)
    assignments: int = pa.Field(ge=0)
    accepted: int = pa.Field(ge=0)
    rejected: int = pa.Field(ge=0)
    waiting: int = pa.Field(ge=0)
    response_hours: float = pa.Field(ge=0, nullable=True)
    response_90_hours: float = pa.Field(ge=0, nullable=True)
    opportunity: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    cost_amount: float = pa.Field(nullable=True)
    cost_per_opportunity: float = pa.Field(nullable=True)
    cost_per_won: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per route."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["route"]


def route_costs(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[RouteCost]:
    """How soon are leads taken up by each route, and what does it cost to serve them?

    Of the leads that entered in the period, whatever the scope's basis and unit, with what happened
    until the last day observed. Hours are those of the clock in which a lead was given and
    answered, nights and weekends too. A lead that was given on costs every route that had it; what
    came of it belongs to the last.

    Raises MetricError where no assignment is loaded. Source: Kaplan and Meier (1958) for the
    quantiles.
    """
    if not warehouse.query(_LOADED).item():
        raise MetricError(
            "no file says to whom leads were given, so no route has a response time or a cost: load"
            " assignments (lead_id, route, assigned_at, and accepted_at or rejected_at)"
        )
    given = warehouse.query(Query(scope.step("journey"), *_LEADS, _GIVEN, _ANSWERED, _ASSIGNED))
    nobody = warehouse.query(Query(scope.step("journey"), *_LEADS, _GIVEN, _UNROUTED))
    answered = pl.col("answer").is_not_null()
    rows = (
        given.group_by("route")
        .agg(
            pl.col("leads", "assignments", "opportunity", "won").sum(),
            accepted=pl.col("assignments").filter(pl.col("answer") == "accepted").sum(),
            rejected=pl.col("assignments").filter(pl.col("answer") == "rejected").sum(),
            waiting=pl.col("assignments").filter(~answered).sum(),
        )
        .join(_response(given), on="route")
        .sort("leads", "route", descending=[True, False])
    )
    if nobody["leads"].sum():
        rows = pl.concat([rows, nobody], how="diagonal")
    stated = pl.DataFrame(
        list(definitions.route_costs.items()),
        schema={"route": pl.String, "cost": pl.Float64},
        orient="row",
    )
    found = rows.join(stated, on="route", how="left", maintain_order="left").with_columns(
        cost_amount=pl.col("cost") * pl.col("assignments")
    )
    columns = RouteCost.to_schema().columns.items()
    return RouteCost.validate(
        found.with_columns(
            cost_per_opportunity=ratio(pl.col("cost_amount"), pl.col("opportunity")),
            cost_per_won=ratio(pl.col("cost_amount"), pl.col("won")),
        ).select(pl.col(name).cast(column.dtype.type) for name, column in columns),
        lazy=True,
    )


def _response(given: pl.DataFrame) -> pl.DataFrame:
    """When which share of a route's assignments had an answer, by the product-limit estimate."""
    rows = []
    for (route,), counted in given.group_by("route", maintain_order=True):
        number = counted["assignments"].to_numpy()
        came = np.where(counted["answer"].is_not_null(), number, 0)
        curve = incidence(AgeCounts.from_start(counted["hours"].to_numpy(), came, number - came))
        rows.append((route, *(age_reached(curve, share) for share in SHARES)))
    schema = {
        "route": pl.String,
        "response_hours": pl.Float64,
        "response_90_hours": pl.Float64,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


_LOADED = Query(Step("loaded", "SELECT count(*) AS assignments FROM assignment"))

_LEADS = (
    Step(
        "entered",
        """
        SELECT lead_id, observed_until, min(lead_on) AS entered_on,
            max(CASE WHEN opportunity_on <= observed_until THEN 1 ELSE 0 END) AS opportunity,
            max(CASE WHEN won_on <= observed_until THEN 1 ELSE 0 END) AS won,
            min(period_start) AS period_start, min(period_end) AS period_end
        FROM scoped
        GROUP BY lead_id, observed_until
        """,
    ),
    Step(
        "leads",
        """
        SELECT lead_id, observed_until, opportunity, won
        FROM entered
        WHERE entered_on BETWEEN period_start AND period_end AND entered_on <= observed_until
        """,
    ),
)

_GIVEN = Step(
    "given",
    """
    SELECT leads.lead_id, leads.observed_until, leads.opportunity, leads.won, assignment.route,
        assignment.assigned_at,
        CASE WHEN CAST(accepted_at AS DATE) <= observed_until THEN accepted_at END AS accepted_at,
        CASE WHEN CAST(rejected_at AS DATE) <= observed_until THEN rejected_at END AS rejected_at,
        row_number() OVER (
            PARTITION BY leads.lead_id ORDER BY assignment.assigned_at DESC
        ) = 1 AS is_last
    FROM leads
    JOIN assignment ON assignment.lead_id = leads.lead_id
    WHERE CAST(assignment.assigned_at AS DATE) <= leads.observed_until
    """,
)

_ANSWERED = Step(
    "answered",
    """
    SELECT first_answers.*, CAST(assigned_at AS DATE) AS assigned_on,
        CASE WHEN answered_at IS NULL THEN NULL
            WHEN answered_at = accepted_at THEN 'accepted' ELSE 'rejected' END AS answer,
        coalesce(CAST(answered_at AS DATE), observed_until) AS until_on,
        coalesce(CAST(extract(hour FROM answered_at) AS BIGINT), 24) AS until_hour
    FROM (
        SELECT given.*,
            CASE WHEN accepted_at <= coalesce(rejected_at, accepted_at) THEN accepted_at
                ELSE rejected_at END AS answered_at
        FROM given
    ) AS first_answers
    """,
)

_ASSIGNED = Step(
    "assigned",
    """
    SELECT route, answer, hours, count(*) AS assignments,
        count(CASE WHEN is_last THEN 1 END) AS leads,
        CAST(coalesce(sum(CASE WHEN is_last THEN opportunity END), 0) AS BIGINT) AS opportunity,
        CAST(coalesce(sum(CASE WHEN is_last THEN won END), 0) AS BIGINT) AS won
    FROM (
        SELECT route, is_last, opportunity, won, answer,
            greatest(
                24 * date_diff('day', assigned_on, until_on)
                    + until_hour - CAST(extract(hour FROM assigned_at) AS BIGINT), 0
            ) AS hours
        FROM answered
    ) AS timed
    GROUP BY route, answer, hours
    ORDER BY route, hours, answer
    """,
)

_UNROUTED = Step(
    "unrouted",
    f"""
    SELECT '{UNROUTED}' AS route, count(*) AS leads, CAST(0 AS BIGINT) AS assignments,
        CAST(0 AS BIGINT) AS accepted, CAST(0 AS BIGINT) AS rejected, CAST(0 AS BIGINT) AS waiting,
        CAST(coalesce(sum(leads.opportunity), 0) AS BIGINT) AS opportunity,
        CAST(coalesce(sum(leads.won), 0) AS BIGINT) AS won
    FROM leads
    LEFT JOIN (SELECT DISTINCT lead_id FROM given) AS routed ON routed.lead_id = leads.lead_id
    WHERE routed.lead_id IS NULL
    """,
)
