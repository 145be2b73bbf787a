"""MQLs whose days to convert are over, how soon each had a response, and whether it converted."""

from __future__ import annotations

from data.errors import MetricError
from data.sql import Step
from metrics.follow_up.handed_over import handed_over_steps
from metrics.scope import Scope, Stage

_STEPS = (Stage.SQL, Stage.OPPORTUNITY, Stage.WON)


def window_of(scope: Scope, event: Stage) -> int:
    """Days from the MQL within which an event counts: the scope's window, else the usual ones.

    Raises MetricError for an event that does not follow the MQL.
    """
    if event not in _STEPS:
        raise MetricError(
            f"a response cannot make an MQL a {event.word}: use sql, opportunity, won"
        )
    usual = sum(getattr(scope.windows, each.value) for each in _STEPS[: _STEPS.index(event) + 1])
    return scope.window_days or usual


def ripe_steps(scope: Scope, event: Stage) -> tuple[Step, ...]:
    """Steps to `ripe`: MQLs handed over in the period whose window is over, one row each.

    Adds to the columns of `handed_over`: `converted` (1 or 0) says whether the event came within
    the window. `took_seconds` is the working time until the response and `earliest_seconds` the
    least that it can have been, which is less where only its day is known; both are null without a
    recorded response. An SQL or an exit is none here: it is what a response may lead to.
    `day_seconds` is the length of a working day. MQLs without a calendar are left out.
    """
    window = window_of(scope, event)
    is_told = (
        "responded_on <= observed_until"
        " AND responded_by IN ('contact', 'accepted', 'rejected', 'action')"
    )
    took = "response_work_seconds - mql_work_seconds"
    return (
        *handed_over_steps(scope),
        Step(
            "day_lengths",
            """
            SELECT calendar, max(closes_second - opens_second) AS day_seconds
            FROM working_day
            GROUP BY calendar
            """,
        ),
        Step(
            "ripe",
            f"""
            SELECT handed_over.*, day_lengths.day_seconds,
                CASE WHEN {is_told} THEN {took} END AS took_seconds,
                CASE WHEN {is_told} THEN greatest({took}
                    - CASE WHEN is_day_only THEN day_lengths.day_seconds ELSE 0 END, 0)
                    END AS earliest_seconds,
                CASE WHEN {is_told} AND state = 'in time' THEN 1 ELSE 0 END AS is_in_time,
                CASE WHEN {event.value}_on <= observed_until
                    AND date_diff('day', mql_on, {event.value}_on) <= {window}
                    THEN 1 ELSE 0 END AS converted
            FROM handed_over
            JOIN day_lengths ON day_lengths.calendar = handed_over.calendar
            WHERE date_diff('day', mql_on, observed_until) >= {window}
            """,
        ),
    )
