"""What the newest locked plan says of a quarter, and which filters something kept is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlencode

import polars as pl

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


@dataclass(frozen=True, slots=True)
class PlannedEntries:
    """How many a plan wants to enter in each month, by the month's first day."""

    plan: str
    by_month: dict[date, float]


def planned_for(notebook: Notebook, quarter: Period, scope: Scope) -> PlannedQuarter | None:
    """What does the newest locked plan of the same filters want of a quarter?

    The amounts of its deadlines where they are about exactly the days of the quarter; else what its
    table has for the quarter's months. None where no locked plan has all of the quarter.
    """
    for plan in _locked(notebook, scope):
        if found := planned_quarter(plan, quarter):
            return found
    return None


def planned_quarter(plan: Plan, quarter: Period) -> PlannedQuarter | None:
    """What does a plan want of a quarter? None where it does not have all of it."""
    amount = _by_deadlines(plan, quarter) or _by_lines(plan, quarter)
    return PlannedQuarter(plan.name, amount, plan.currency) if amount else None


def planned_entries(
    notebook: Notebook, entry: Stage, observed_until: date, scope: Scope
) -> PlannedEntries | None:
    """How many does the newest locked plan of the same filters want to enter from now on?

    The entries into the stage of all segments together. None where no locked plan has a month to
    come.
    """
    for plan in _locked(notebook, scope):
        by_month: dict[date, float] = {}
        for line in plan.lines:
            if line.metric == entry.value and line.month >= observed_until.replace(day=1):
                by_month[line.month] = by_month.get(line.month, 0.0) + line.value
        if by_month:
            return PlannedEntries(plan.name, by_month)
    return None


def planned_months(notebook: Notebook, scope: Scope) -> pl.DataFrame:
    """What does the newest locked plan of the same filters want of each month and stage?

    The columns plan, month_on, stage and value, over all segments; no rows without such a plan.
    """
    stages = {stage.value for stage in Stage}
    rows = [
        (plan.name, line.month, line.metric, line.value)
        for plan in _locked(notebook, scope)[:1]
        for line in plan.lines
        if line.metric in stages
    ]
    schema = {"plan": pl.String, "month_on": pl.Date, "stage": pl.String, "value": pl.Float64}
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return found.group_by("plan", "month_on", "stage").agg(pl.col("value").sum()).sort("month_on")


def _locked(notebook: Notebook, scope: Scope) -> list[Plan]:
    """The locked plans of the same filters, the newest first."""
    locked = [kept for kept in plans(notebook).all() if kept.version.state is State.LOCKED]
    newest = sorted(locked, key=lambda each: each.version.written_at, reverse=True)
    return [kept.value for kept in newest if has_filters(kept.value.scope, scope)]


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
