"""MQLs to which sales have not responded, past the deadline."""

from __future__ import annotations

from data.alert_log import AlertState
from data.terms.alerts import AlertRule
from metrics.alerts.reading import Asked, Reading, days_said, link_to, scope_of, without_comparison
from metrics.findings.finding import Page
from metrics.follow_up.states import follow_up_states
from metrics.wording import formats


def overdue_follow_up(asked: Asked, rule: AlertRule) -> tuple[Reading, ...]:
    """Are more MQLs overdue than the rule allows?

    Of those that were handed over in the last days of the data, without a response past the
    deadline; more than `above`, by default 0. Raises MetricError as `follow_up_states` does.
    """
    scope = without_comparison(scope_of(asked, rule))
    states = follow_up_states(asked.warehouse, scope)
    overdue, given = int(states["overdue"].sum()), int(states["handed_over"].sum())
    most = rule.above or 0
    deadline = formats.counted(asked.definitions.follow_up.deadline_days, "working day")
    sentence = (
        f"Of {formats.counted(given, 'MQL')} {formats.count(overdue)} had no response within"
        f" {deadline}, and none since{days_said(scope)}. More than {most:g} are told."
    )
    return (
        Reading(
            rule.name,
            AlertState.HOLDS if overdue > most else AlertState.FINE,
            formats.counted(overdue, "MQL"),
            sentence,
            link_to(Page.FOLLOW_UP, scope, asked.horizon.first),
        ),
    )
