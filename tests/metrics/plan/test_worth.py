"""What is won soon is smaller: held against deals that are drawn one by one."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from metrics.estimators.log_slope import LogGroups
from metrics.period import Period
from metrics.plan.draws import Draws, draw
from metrics.plan.past.history import History
from metrics.plan.worth import worth_in_flight, worth_to_come
from metrics.scope import Stage
from tests.metrics.plan.histories import TODAY, counts, some_deals, some_history

SLOPE = 0.4
TO_DEAL = 63
DAYS = {14: 30, 60: 40, 150: 30}
"""Days from the opening of a deal to its win, and how many deals take them."""

WINDOWS = [
    Period(date(2027, 1, 1), date(2027, 3, 31)),
    Period(date(2027, 4, 1), date(2027, 12, 31)),
]


def known(slope: float = SLOPE) -> tuple[History, Draws]:
    """All leads become deals after nine weeks; a deal is the larger the longer it takes."""
    days = np.repeat(list(DAYS), list(DAYS.values())).astype(np.float64)
    paces = np.log1p(np.tile(days, 50))
    noise = np.random.default_rng(2).normal(0, 0.05, len(paces))
    deals = some_deals(
        ages=counts(100, DAYS), paces=LogGroups.of(paces, np.exp(slope * paces + noise))
    )
    history = some_history(
        counts(100, {TO_DEAL + age: number for age, number in DAYS.items()}),
        deals=deals,
        next_step={Stage.SQL: counts(100, {TO_DEAL: 100})},
        won_from={Stage.SQL: counts(100, {TO_DEAL + 60: 100})},
    )
    return history, draw(history, 50)


def drawn(steps: int, entered: np.ndarray) -> list[float]:
    """Mean amount by window ÷ mean of all, of leads that enter so many days from now."""
    rng = np.random.default_rng(5)
    days = rng.choice(list(DAYS), len(entered), p=np.array(list(DAYS.values())) / 100)
    amount, won = (1.0 + days) ** SLOPE, entered + steps + days
    bounds = [((each.start - TODAY).days, (each.end - TODAY).days) for each in WINDOWS]
    return [amount[(first <= won) & (won <= last)].mean() / amount.mean() for first, last in bounds]


def test_leads_to_come_bring_as_much_as_leads_drawn_one_by_one() -> None:
    entered = np.random.default_rng(4).integers(1, 366, 200_000)
    found = worth_to_come(*known(), Stage.SQL, WINDOWS)
    assert found == pytest.approx(drawn(TO_DEAL, entered), abs=0.05)
    assert found[0] < 0.9


def test_what_is_in_a_stage_now_brings_the_same_as_if_it_just_came() -> None:
    found = worth_in_flight(*known(), Stage.OPPORTUNITY, WINDOWS)
    assert found == pytest.approx(drawn(0, np.zeros(50_000)), abs=0.05)
    assert found[0] < 1 < found[1]


def test_over_all_time_nothing_is_smaller_and_without_a_slope_nothing_ever_is() -> None:
    ever = [Period(TODAY + timedelta(days=1), TODAY + timedelta(days=1500))]
    assert worth_in_flight(*known(), Stage.SQL, ever) == pytest.approx(1, abs=1e-6)
    assert worth_to_come(*known(0.0), Stage.SQL, WINDOWS) == pytest.approx(1, abs=0.01)


def test_lags_that_are_assumed_shorter_bring_more_into_the_first_window() -> None:
    usual, shorter = (worth_to_come(*known(), Stage.SQL, WINDOWS, lag) for lag in (1.0, 0.5))
    assert shorter[0] > usual[0] + 0.05
