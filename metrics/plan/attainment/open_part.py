"""The part of a kept plan that is still open: its deadlines that have not passed."""

from __future__ import annotations

from datetime import date, timedelta

from data.notebook.plans import Plan
from metrics.period import Period
from metrics.plan.target import Deadline, Target, TargetKind, Together


def open_target(plan: Plan, observed_until: date) -> Target | None:
    """What of a plan can still be met or missed? None where the data reaches its last deadline.

    The windows of its deadlines that end after the data, each with its whole amount: what is won in
    it already counts. Confidence, unit and whether deadlines are met together are the plan's.
    Raises MetricError for a confidence that cannot be planned for.
    """
    start, still_open = plan.first_day, []
    for deadline in plan.deadlines:
        if deadline.on > observed_until:
            still_open.append(Deadline(Period(start, deadline.on), deadline.amount))
        start = deadline.on + timedelta(days=1)
    if not still_open:
        return None
    return Target(
        TargetKind(plan.target.value),
        tuple(still_open),
        plan.confidence,
        Together(plan.together.value),
    )
