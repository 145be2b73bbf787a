"""Ceilings and budgets: the best use of what is allowed, against a greedy one by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data.errors import MetricError
from metrics.period import Period
from metrics.plan.backward.limits import limited
from metrics.plan.backward.plan import BackwardPlan, backward_plan, most_reachable
from metrics.plan.draws import Draws, draw
from metrics.plan.in_flight import in_flight
from metrics.plan.target import Deadline, Target, TargetKind
from tests.metrics.plan.histories import counts, some_deals, some_history

YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))
HISTORY = some_history(
    counts(400, {30: 40}, {10: 360}),
    counts(400, {30: 20}, {10: 380}),
    counts(400, {30: 4}, {10: 396}),
    deals=some_deals(amounts=(80.0, 100.0, 120.0)),
)


@pytest.fixture(scope="module")
def drawn() -> tuple[BackwardPlan, Draws]:
    draws = draw(HISTORY, 4000)
    target = Target(TargetKind.REVENUE, (Deadline(YEAR, 50_000),))
    return backward_plan(HISTORY, draws, in_flight(HISTORY, draws, (YEAR,)), target), draws


def test_without_a_budget_every_ceiling_is_used(drawn: tuple[BackwardPlan, Draws]) -> None:
    plan, draws = drawn
    found = limited(plan, draws, {"A": 100, "B": 100, "C": 100}, None, {})
    useful = ~plan.too_late
    days = np.array([month.days for month in plan.months]) / 30.4375
    assert found.entries[useful] == pytest.approx(np.tile(100 * days[useful, None], 3))
    assert found.entries[~useful].sum() == 0
    assert set(found.binding) >= {"A", "B", "C"} or plan.too_late.any()


def test_a_budget_goes_where_a_win_costs_least(drawn: tuple[BackwardPlan, Draws]) -> None:
    plan, draws = drawn
    costs = {"A": 50.0, "B": 10.0, "C": 10.0}
    ceilings = {"A": 1000.0, "B": 30.0, "C": 1000.0}
    found = limited(plan, draws, ceilings, 20_000.0, costs)
    # Greedy by hand: wins in time per unit of money, best first, until the money is gone.
    value = np.where(plan.too_late, 0, plan.in_time.sum(axis=0))[:, None] * draws.rates.mean(axis=0)
    days = np.array([month.days for month in plan.months]) / 30.4375
    order = sorted(
        ((value[m, s] / costs[name], m, s) for m in range(12) for s, name in enumerate("ABC")),
        reverse=True,
    )
    money, best = 20_000.0, 0.0
    for worth, month, segment in order:
        price = costs["ABC"[segment]]
        bought = min(money / price, ceilings["ABC"[segment]] * days[month]) if worth > 0 else 0
        money -= bought * price
        best += bought * value[month, segment]
    assert (found.entries * value).sum() == pytest.approx(best)
    assert found.cost == pytest.approx(20_000)
    assert "budget" in found.binding


def test_a_segment_of_unknown_cost_gets_nothing_of_a_budget(
    drawn: tuple[BackwardPlan, Draws],
) -> None:
    plan, draws = drawn
    found = limited(plan, draws, {}, 5_000.0, {"B": 10.0})
    assert found.entries[:, [0, 2]].sum() == 0
    assert found.entries[:, 1].sum() == pytest.approx(500)


def test_what_is_reachable_agrees_with_a_plan_of_the_same_entries(
    drawn: tuple[BackwardPlan, Draws],
) -> None:
    plan, draws = drawn
    found = limited(plan, draws, {"A": 200, "B": 200, "C": 200}, None, {})
    same = most_reachable(plan, found.entries.sum(axis=1))
    assert found.reachable == pytest.approx(same, rel=0.03)


@pytest.mark.parametrize(
    ("ceilings", "budget", "message"),
    [
        ({"Z": 1.0}, None, "there is no segment 'Z'"),
        ({"A": -1.0}, None, "0 or more"),
        ({}, -5.0, "0 or more"),
        ({"A": 10.0}, None, "nothing limits B"),
    ],
)
def test_limits_that_say_nothing_are_refused(
    drawn: tuple[BackwardPlan, Draws],
    ceilings: dict[str, float],
    budget: float | None,
    message: str,
) -> None:
    with pytest.raises(MetricError, match=message):
        limited(*drawn, ceilings, budget, {})
