"""What the newest locked plan says of a quarter, and which filters something kept is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from data.notebook.notebook import Notebook
from data.notebook.plans import Plan, Target, plans
from data.notebook.version import State
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage

REVENUE_LINES = "revenue"
"""What the lines of won revenue in a plan's table are called; those of deals by their stage."""


@dataclass(frozen=True, slots=True)
class PlannedQuarter:
    """What a plan wants of a quarter: money in `currency`, or deals where that is None."""

    plan: str
    amount: float
    currency: str | None


def planned_for(notebook: Notebook, quarter: Period, scope: Scope) -> PlannedQuarter | None:
    """What does the newest locked plan of the same filters want of a quarter?

    The amounts of its deadlines where they are about exactly the days of the quarter; else what its
    table has for the quarter's months. None where no locked plan has all of the quarter.
    """
    locked = [kept for kept in plans(notebook).all() if kept.version.state is State.LOCKED]
    for kept in sorted(locked, key=lambda each: each.version.written_at, reverse=True):
        if not has_filters(kept.value.scope, scope):
            continue
        amount = _by_deadlines(kept.value, quarter) or _by_lines(kept.value, quarter)
        if amount:
            return PlannedQuarter(kept.value.name, amount, kept.value.currency)
    return None


def _by_deadlines(plan: Plan, quarter: Period) -> float | None:
    """The amounts of the deadlines that are together about the days of the quarter."""
    start, amount, days = plan.first_day, 0.0, 0
    for deadline in plan.deadlines:
        if quarter.start <= start and deadline.on <= quarter.end:
            amount += deadline.amount
            days += (deadline.on - start).days + 1
        start = deadline.on + timedelta(days=1)
    return amount if days == quarter.days else None


def _by_lines(plan: Plan, quarter: Period) -> float | None:
    name = REVENUE_LINES if plan.target is Target.REVENUE else Stage.WON.value
    months = quarter.months()
    lines = [line for line in plan.lines if line.metric == name and line.month in months]
    if {line.month for line in lines} != set(months):
        return None
    return sum(line.value for line in lines)


def as_query(scope: Scope) -> str:
    """The filters of a scope as a query string, one for each set of filters."""
    return urlencode(sorted(_filters(scope)))


def has_filters(query: str, scope: Scope) -> bool:
    """Whether a page's query string has exactly the filters of a scope."""
    names = set(Dimension)
    return {(key, value) for key, value in parse_qsl(query) if key in names} == set(_filters(scope))


def _filters(scope: Scope) -> list[tuple[str, str]]:
    return [(each.dimension.value, value) for each in scope.filters for value in each.values]
