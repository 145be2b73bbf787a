"""Had: who had which lead on the last day observed, and what had come of it by then.

Hours are read on the clock of follow-up, so that both say the same of one lead.
"""

from __future__ import annotations

from data.sql import Step
from metrics.follow_up.working_clock import clock_steps
from metrics.scope import Scope

UNROUTED = "Unrouted"
"""The route of leads that were given to nobody."""

NO_ROUTE = "No route"
"""The route of leads that were given to somebody by no route that a file names."""

NO_OWNER = "No owner"
"""The seller of leads that were given by a route without naming anybody, such as self-service."""


def had_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `had`: the rows of `dispatch` in scope that had begun on the last day observed.

    `is_current` says that the lead still lay there then, `is_open` that it had neither become an
    SQL nor left; each is 1 or 0. `answer` and `hours` are as seen then: who had not answered waits
    since so many working hours of the lead's calendar, null without one. `seller` and `route` are
    never null.
    """
    return (
        scope.step("dispatch"),
        *clock_steps(),
        Step(
            "had",
            f"""
            SELECT scoped.lead_id, scoped.place, scoped.account_group, scoped.tier, scoped.channel,
                scoped.lead_on, scoped.since_on, scoped.period_start, scoped.period_end,
                scoped.observed_until, scoped.mql_on, scoped.sql_on, scoped.won_on,
                CASE WHEN scoped.place = 0 THEN '{UNROUTED}'
                    ELSE coalesce(scoped.route, '{NO_ROUTE}') END AS route,
                coalesce(scoped.seller, '{NO_OWNER}') AS seller,
                CASE WHEN until_on IS NULL OR until_on > observed_until THEN 1 ELSE 0 END
                    AS is_current,
                CASE WHEN (sql_on IS NULL OR sql_on > observed_until)
                    AND (exit_on IS NULL OR exit_on > observed_until) THEN 1 ELSE 0 END AS is_open,
                CASE WHEN answered_on <= observed_until THEN answer END AS answer,
                CASE WHEN since_work_seconds IS NOT NULL THEN CAST(floor(greatest(
                    CASE WHEN answered_on <= observed_until THEN answered_work_seconds
                        WHEN until_on <= observed_until THEN until_work_seconds
                        ELSE clocks.shows END - since_work_seconds, 0) / 3600e0) AS BIGINT)
                    END AS hours
            FROM scoped
            LEFT JOIN clocks ON clocks.calendar = scoped.calendar
            WHERE since_on <= observed_until AND lead_on <= observed_until
            """,
        ),
    )
