"""Rows 7 and 11: how long a backward plan takes, and a change in what it assumes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from bench.calibration.planner import planner_history
from bench.report import Line, in_turn
from bench.stores import Size
from data.sample_company.families.company import company
from data.sample_company.families.nature import Family
from metrics.period import Period
from metrics.plan.backward.plan import BackwardPlan, backward_plan, hit_chance
from metrics.plan.backward.required import required_funnel
from metrics.plan.draws import DRAWS, Draws, draw
from metrics.plan.in_flight import InFlight, in_flight
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions, Deadline, Target, TargetKind

SEGMENTS = 10

UNTIL = date(2024, 12, 31)

WINDOWS = (
    Period(date(2025, 1, 1), date(2025, 12, 31)),
    Period(date(2026, 1, 1), date(2026, 12, 31)),
)
"""Two years, so that the plan has 24 months."""

WINS_PER_YEAR = {Size.SMALL: 600, Size.MEDIUM: 6_000, Size.LARGE: 60_000}

PLAN_BUDGET, CHANGE_BUDGET = 1.0, 0.3


def measure_planning(size: Size) -> list[Line]:
    """A plan of 24 months and ten segments from counts, and the same with another assumption."""
    history = _history(size)
    year = Period(date(2024, 1, 1), UNTIL)
    amount = 1.2 * history.deals.won.within(year)[1]
    target = Target(TargetKind.REVENUE, tuple(Deadline(window, amount) for window in WINDOWS))
    drawn = draw(history, DRAWS)
    brought = in_flight(history, drawn, WINDOWS)

    def whole() -> BackwardPlan:
        fresh = draw(history, DRAWS)
        return backward_plan(history, fresh, in_flight(history, fresh, WINDOWS), target)

    (first,) = in_turn(whole)
    (changed,) = in_turn(lambda: _changed(history, drawn, brought, target))
    what = f"plan of 24 months × {SEGMENTS} segments, {DRAWS:,} draws"
    wins = f"{history.wins:,} wins"
    return [
        Line(f"7 · {what}", wins, first, "", None, "≤ 1 s", first <= PLAN_BUDGET),
        Line(
            f"11 · {what}: an assumption changed",
            wins,
            changed,
            "",
            None,
            "≤ 300 ms",
            changed <= CHANGE_BUDGET,
        ),
    ]


def _changed(history: History, drawn: Draws, brought: InFlight, target: Target) -> None:
    """What the page works out anew: the plan, its chance, and its funnel; draws are kept."""
    plan = backward_plan(history, drawn, brought, target, Assumptions(win_rate=1.1))
    hit_chance(plan, plan.entries)
    required_funnel(plan, drawn)


def _history(size: Size) -> History:
    """A company's counts, its four channels again and again until there are ten segments."""
    made = company(Family.STABLE, seed=7, wins_per_year=WINS_PER_YEAR[size])
    history = planner_history(made.seen_on(UNTIL))
    again = np.arange(SEGMENTS) % len(history.segments)
    entries = {stage: each[:, again] for stage, each in history.entries.counts.items()}
    return replace(
        history,
        segments=tuple(f"{history.segments[each]} {place}" for place, each in enumerate(again)),
        to_won=tuple(history.to_won[each] for each in again),
        entries=replace(history.entries, counts=entries),
    )
