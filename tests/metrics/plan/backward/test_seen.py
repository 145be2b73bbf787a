"""What history shows beside an assumption: only months that tell it by themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.counts import Cohorts
from metrics.period import Period
from metrics.plan.backward.levers import WIN_RATE, levers
from metrics.plan.backward.plan import backward_plan
from metrics.plan.backward.seen import seen
from metrics.plan.draws import draw
from metrics.plan.in_flight import in_flight
from metrics.plan.past.history import History
from metrics.plan.target import Deadline, Target, TargetKind
from tests.metrics.plan.histories import HORIZON, counts, some_history

MONTHS = tuple(Period(date(2025, 9, 1), date(2026, 12, 31)).months())
LATE = MONTHS[:5]
"""Outcomes are told from February 2026 on."""
YOUNG = MONTHS[-3:]

WON, LOST = {40: 12, 80: 18}, {30: 70}


def came_late(age: int) -> AgeCounts:
    """Those that are still there at an age: of them nearly all are won."""
    return AgeCounts.of(
        [age, 80, 90],
        entered=[20, 0, 0],
        converted=[0, 18, 0],
        exited=[0, 0, 2],
        censored=[0, 0, 0],
        horizon=HORIZON,
    )


@pytest.fixture(scope="module")
def told_late() -> History:
    """A hundred deals a month, thirty won; the first months are seen from the middle on."""
    ages = [
        came_late(70) if month in LATE else counts(100, {5: 2} if month in YOUNG else WON, LOST)
        for month in MONTHS
    ]
    history = some_history(counts(1300, {40: 156, 80: 234}, {30: 910}))
    return replace(history, cohorts=Cohorts(MONTHS, tuple(ages)))


def test_months_from_before_outcomes_were_told_and_young_ones_show_nothing(
    told_late: History,
) -> None:
    found = seen(told_late, draw(told_late, 400))
    rates = dict(found.filter(factor="win_rate").select("period_on", "value").iter_rows())
    assert set(rates) == set(MONTHS) - set(LATE) - set(YOUNG)
    assert list(rates.values()) == pytest.approx([0.3] * len(rates))
    times = found.filter(factor="time_to_win")
    assert min(times["period_on"]) == date(2026, 1, 1)
    assert set(times["value"]) == {80.0}
    assert times["basis"][0] == 60


def test_a_lever_does_not_aim_at_what_was_not_followed_from_the_start(told_late: History) -> None:
    draws = draw(told_late, 400)
    window = Period(date(2027, 1, 1), date(2027, 12, 31))
    brought = in_flight(told_late, draws, (window,))
    target = Target(TargetKind.DEALS, (Deadline(window, 200),))
    plan = backward_plan(told_late, draws, brought, target)
    found = levers(told_late, draws, brought, plan, np.full(12, 50.0))
    share_won = found.filter(lever=WIN_RATE)
    # All months are alike: hardly any step, and none to the nine in ten of the first ones.
    assert share_won.is_empty() or share_won["to_value"][0] < 0.32
