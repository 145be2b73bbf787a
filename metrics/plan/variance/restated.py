"""What was added to the revenue of closed months after a plan was made."""

from __future__ import annotations

from dataclasses import dataclass

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.period import Period
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.scope import Dimension, Scope


@dataclass(frozen=True, slots=True)
class Restated:
    """The won revenue added to closed months, below 0 where taken out; why, where it is 0."""

    amount: float
    reason: str | None


def restated_since(warehouse: Warehouse, scope: Scope, plan: KeptPlan, period: Period) -> Restated:
    """How much did loads change in the period's closed months since the plan was made?

    From the restatement log, of the loads that finished after the plan was written. What other
    definitions changed has no load and so no time, and does not count. The log knows the total and
    channels only: under a filter by anything else the amount is 0, with that reason.
    """
    filters = (*scope.filters, *scope.viewer.restrictions)
    unknown = sorted({each.dimension.label for each in filters} - {Dimension.CHANNEL.label})
    if unknown:
        return Restated(0.0, f"restatements are logged by channel, not by {' or '.join(unknown)}")
    allowed = [set(each.values) for each in filters]
    found = warehouse.query(
        Query(
            Step(
                "asked",
                "SELECT CAST(? AS TIMESTAMP) AS made_at, CAST(? AS DATE) AS first_on,"
                " CAST(? AS DATE) AS last_on",
                (plan.made_at, period.start, period.end),
            ),
            Step(
                "changed",
                """
                SELECT dimension, segment,
                    CAST(sum(coalesce(after, 0) - coalesce(before, 0)) AS DOUBLE) AS change
                FROM restatement
                JOIN load ON load.load_id = restatement.load_id
                CROSS JOIN asked
                WHERE metric = 'won_amount' AND finished_at > made_at
                    AND month_on BETWEEN first_on AND last_on
                GROUP BY dimension, segment
                """,
            ),
        )
    )
    wanted = "channel" if filters else "total"
    amount = sum(
        change
        for dimension, segment, change in found.iter_rows()
        if dimension == wanted and all(segment in each for each in allowed)
    )
    nothing = "no closed month of the period was changed since the plan was made"
    return Restated(amount, None if amount else nothing)
