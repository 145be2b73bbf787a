"""MQLs that sales were handed in a scope, and how each stands on the last day observed."""

from __future__ import annotations

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.follow_up.working_clock import clock_steps
from metrics.scope import Scope

STATES = ("in time", "late", "overdue", "waiting", "no calendar")
"""Responded within the deadline, or after it; not at all and past it, or before it; or the lead's
country has no calendar in the definitions, so that there is no deadline."""


def handed_over_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `handed_over`: a row per MQL that was handed over in the period.

    Adds to the columns of `follow_up` its `state`, `is_responded` and `waited_seconds`: working
    time until the response, else until the last day observed is over. A response after that day is
    not seen. The period is that of the MQL, whatever the scope's basis.
    """
    return (
        scope.step("follow_up"),
        *clock_steps(),
        Step(
            "handed_over",
            """
            SELECT scoped.*,
                CASE WHEN responded_on <= observed_until THEN 1 ELSE 0 END AS is_responded,
                CASE WHEN deadline_at IS NULL THEN 'no calendar'
                    WHEN responded_on <= observed_until AND responded_at <= deadline_at
                        THEN 'in time'
                    WHEN responded_on <= observed_until THEN 'late'
                    WHEN deadline_on <= observed_until THEN 'overdue'
                    ELSE 'waiting' END AS state,
                CASE WHEN mql_work_seconds IS NULL THEN NULL
                    WHEN responded_on <= observed_until
                        THEN response_work_seconds - mql_work_seconds
                    ELSE greatest(clocks.shows - mql_work_seconds, 0) END AS waited_seconds
            FROM scoped
            LEFT JOIN clocks ON clocks.calendar = scoped.calendar
            WHERE mql_on BETWEEN period_start AND period_end AND mql_on <= observed_until
            """,
        ),
    )


def require_told(warehouse: Warehouse) -> None:
    """Raise MetricError where nothing tells of MQLs, or nothing but wins of what sales did.

    Files that know MQLs and wins alone would say of all others that sales never responded.
    """
    mqls, told = warehouse.query(_LOADED).row(0)
    if not mqls:
        raise MetricError(
            "no file says when a lead became an MQL, so nothing was handed over to sales: load"
            " stage changes, or map the column with the day of the MQL"
        )
    if not told:
        raise MetricError(
            "no file says what sales did with MQLs that were not won, so whether they responded is"
            " not known: load SQLs or exits, calls, mails or meetings (the actions"
            " follow_up.responses of the definitions), assignments, or next actions"
        )


def need_assignments(warehouse: Warehouse) -> None:
    """Raise MetricError where no assignment is loaded, and say what to load."""
    loaded = Query(Step("loaded", "SELECT count(*) AS assignments FROM assignment"))
    if not warehouse.query(loaded).item():
        raise MetricError(
            "no file says to whom leads were given, so nothing is known of routes, sellers, their"
            " answers and leads that lie with nobody: load assignments (lead_id, route, owner,"
            " assigned_at, and accepted_at or rejected_at)"
        )


_LOADED = Query(
    Step(
        "loaded",
        """
        SELECT count(*) AS mqls, count(CASE WHEN follow_up.assignments > 0
            OR follow_up.responded_by IN ('contact', 'accepted', 'rejected', 'action', 'exit')
            OR journey.sql_entered_at IS NOT NULL OR journey.opportunity_entered_at IS NOT NULL
            THEN 1 END) AS told
        FROM follow_up
        JOIN journey ON journey.lead_id = follow_up.lead_id
            AND journey.episode = follow_up.episode
        """,
    )
)
