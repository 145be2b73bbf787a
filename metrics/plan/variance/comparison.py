"""A plan's revenue and the actual one, made of the same factors."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from metrics.period import Period, in_words
from metrics.plan.attainment.counted import counted_by_day
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.attainment.versus_actual import Series, everything, with_totals
from metrics.plan.backward.table import REVENUE
from metrics.plan.in_flight import OTHER_DEALS, in_flight
from metrics.plan.past.entry_steps import EVERYTHING, OTHERS
from metrics.plan.variance.cohorts import (
    Wins,
    at_planned_rates,
    cohort_wins,
    exchange_rates,
    followed_steps,
    steps_from,
)
from metrics.plan.variance.factors import (
    actual_revenue,
    cohorts_of,
    entry_days,
    expected_rates,
    planned_revenue,
)
from metrics.plan.variance.learned import Learned, learned
from metrics.plan.variance.restated import restated_since
from metrics.plan.variance.sides import Comparison
from metrics.plan.working_days import MONDAY_TO_FRIDAY, WorkingDays
from metrics.scope import Scope, Stage

Floats = NDArray[np.float64]


def comparison(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    definitions: Definitions,
    period: Period | None = None,
    working: WorkingDays = MONDAY_TO_FRIDAY,
) -> Comparison:
    """Of what are the planned and the actual revenue of a period made?

    The period is cut to the plan's days so far. Raises what `revenue_gap` does.
    """
    if plan.entry is Stage.WON:
        raise MetricError(
            f"the plan {plan.name!r} has no lines of leads, MQLs, SQLs or opportunities, so its gap"
            " cannot be explained by them"
        )
    asked = everything(scope)
    days = _period(plan, scope, period)
    plan = _by_entries(plan)
    segments = plan.segments
    if plan.by is not None and OTHERS not in segments:
        segments = (*segments, OTHERS)
    known = learned(warehouse, asked, plan, segments)
    months = _cohort_months(plan, days, scope)
    ways = steps_from(plan.entry)
    of_entries = replace(asked, period=Period(plan.entries_from, scope.observed_until))
    cohorts = cohorts_of(
        followed_steps(warehouse, of_entries, plan),
        months,
        segments,
        tuple(start for start, _ in ways),
        known,
        plan.assumed,
    )
    wins = cohort_wins(warehouse, replace(asked, period=of_entries.period), plan, days)
    rates, base = exchange_rates(warehouse, known.until), definitions.base_currency
    wins = Wins(
        at_planned_rates(wins.of_cohorts, rates, base), at_planned_rates(wins.all, rates, base)
    )
    restated = restated_since(warehouse, scope, plan, days)
    openings = _openings(known, plan, days)
    entries = _planned_entries(warehouse, asked, plan, months, segments, working)
    planned = planned_revenue(entries, months, days, known, plan.assumed, float(openings.mean()))
    total = float(wins.all["amount"].sum())
    target = _target(plan, days)
    return Comparison(
        period=days,
        seen=scope.observed_until,
        segments=segments,
        steps=tuple(end for _, end in ways),
        planned=planned,
        actual=actual_revenue(
            cohorts, wins, planned, expected_rates(known, plan.assumed), restated.amount
        ),
        target=target,
        total=total,
        cohorts=cohorts,
        known=known,
        assumed=plan.assumed,
        openings=openings,
        restated=restated,
    )


def _period(plan: KeptPlan, scope: Scope, period: Period | None) -> Period:
    whole = Period(plan.won_from, max(plan.won_from, plan.months[-1].end))
    asked = period or whole
    start, end = max(asked.start, whole.start), min(asked.end, whole.end, scope.observed_until)
    if end < start:
        raise MetricError(
            f"the plan {plan.name!r} is about {whole.describe()}, and the data ends on"
            f" {in_words(scope.observed_until)}: nothing of what is asked has come yet"
        )
    return Period(start, end)


def _by_entries(plan: KeptPlan) -> KeptPlan:
    """The plan in the segments of its entries; without any where these are given in total."""
    lines = plan.targets.filter(pl.col("metric") == plan.entry.value)
    names = [name for name in lines["segment"].unique(maintain_order=True) if name != EVERYTHING]
    if names:
        return replace(plan, segments=tuple(names))
    return replace(plan, by=None, segments=(EVERYTHING,))


def _cohort_months(plan: KeptPlan, period: Period, scope: Scope) -> tuple[Period, ...]:
    """The days of each month on which the plan's entries came in, up to the period's end."""
    seen = scope.observed_until
    whole = [
        month
        for month in plan.months
        if month.end >= plan.entries_from and month.start <= min(period.end, seen)
    ]
    first = Period(plan.entries_from, plan.entries_from)
    return tuple(entry_days(month, plan.entries_from, seen) for month in whole) or (first,)


def _planned_entries(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    months: tuple[Period, ...],
    segments: tuple[str, ...],
    working: WorkingDays,
) -> Floats:
    """[months, segments]: the plan's entries that were due by now."""
    counted = counted_by_day(warehouse, scope, plan)
    series = Series.of(counted, EVERYTHING, plan.entry.value, plan, scope.observed_until, working)
    paces = {month.start: series.pace(month) for month in plan.months}
    lines = plan.targets.filter(
        pl.col("metric") == plan.entry.value, pl.col("segment").is_in(list(segments))
    )
    table = np.zeros((len(months), len(segments)))
    firsts = {month.start.replace(day=1): place for place, month in enumerate(months)}
    for month_on, segment, target in lines.select("month_on", "segment", "target").iter_rows():
        if month_on in firsts:
            table[firsts[month_on], segments.index(segment)] += target * paces[month_on]
    return table


def _openings(known: Learned, plan: KeptPlan, period: Period) -> Floats:
    """Draws of what was in flight before the plan's entries, and comes without a lead."""
    found = in_flight(known.history, known.draws, [period])
    others = found.revenue.get(OTHER_DEALS)
    total: Floats = found.all_revenue[0]
    if others is not None:
        total = total + others[0] * (plan.assumed.other_deals - 1)
    return total


def _target(plan: KeptPlan, period: Period) -> float | None:
    """The plan's won revenue of the period, by days where it has part of a month; None without."""
    lines = with_totals(plan.targets).filter(
        pl.col("metric") == REVENUE, pl.col("segment") == EVERYTHING
    )
    if lines.is_empty():
        return None
    total = 0.0
    for month_on, target in lines.select("month_on", "target").iter_rows():
        last = (month_on + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        counts = Period(min(max(month_on, plan.won_from), last), last)
        start, end = max(counts.start, period.start), min(counts.end, period.end)
        if start <= end:
            total += target * Period(start, end).days / counts.days
    return total
