"""The backward plan: closed forms, forward of backward, deadlines, and what it refuses."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binom, nbinom

from data.errors import MetricError
from metrics.period import Period
from metrics.plan.backward.plan import (
    BackwardPlan,
    backward_plan,
    hit_chance,
    landing,
    most_reachable,
)
from metrics.plan.draws import draw
from metrics.plan.in_flight import in_flight
from metrics.plan.past.deals import ByDay
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions, Deadline, Target, TargetKind, Together
from metrics.plan.volumes import entries_per_month
from tests.metrics.plan.histories import TODAY, counts, some_deals, some_history

YEAR = Period(date(2027, 1, 1), date(2027, 12, 31))
QUARTERS = (
    Period(date(2027, 1, 1), date(2027, 3, 31)),
    Period(date(2027, 4, 1), date(2027, 6, 30)),
    Period(date(2027, 7, 1), date(2027, 9, 30)),
    Period(date(2027, 10, 1), date(2027, 12, 31)),
)
MANY = 10_000_000
DRAWS = 4_000


def deals(amount: float, *windows: Period, confidence: float = 0.8) -> Target:
    each = tuple(Deadline(window, amount) for window in windows or (YEAR,))
    return Target(TargetKind.DEALS, each, confidence)


def revenue(amount: float, *windows: Period, together: Together = Together.EACH) -> Target:
    each = tuple(Deadline(window, amount) for window in windows or (YEAR,))
    return Target(TargetKind.REVENUE, each, together=together)


def planned(
    history: History, target: Target, assumptions: Assumptions | None = None, draws: int = DRAWS
) -> BackwardPlan:
    drawn = draw(history, draws)
    brought = in_flight(history, drawn, target.windows)
    return backward_plan(history, drawn, brought, target, assumptions)


@pytest.fixture(scope="module")
def usual() -> History:
    """Leads that win a twentieth over half a year, of two hundred that were followed whole."""
    won = {30: 2, 60: 3, 90: 3, 150: 2}
    amounts = (40.0, 80.0, 90.0, 120.0, 300.0)
    return some_history(counts(200, won, {20: 190}), deals=some_deals(amounts=amounts))


def test_everyone_wins_at_once_so_a_win_needs_a_lead() -> None:
    plan = planned(some_history(counts(MANY, {0: MANY})), deals(12))
    assert plan.volume == 12
    assert set(plan.needed[0]) == {12.0}
    assert plan.chances == [1.0]


def test_one_stage_without_a_lag_is_the_negative_binomial() -> None:
    tenth = some_history(counts(MANY, {0: MANY // 10}, {0: MANY - MANY // 10}))
    plan = planned(tenth, deals(20), draws=20_000)
    expected = 20 + nbinom.ppf(0.8, 20, 0.1)
    near = 20 + nbinom.ppf([0.785, 0.815], 20, 0.1)
    assert near[0] <= plan.volume <= near[1], expected
    # And the first volume at which a binomial reaches twenty wins in four of five cases.
    assert binom.sf(19, plan.volume, 0.1) == pytest.approx(0.8, abs=0.015)


def test_amounts_of_one_size_make_a_target_in_revenue_one_in_deals() -> None:
    history = some_history(counts(MANY, {0: MANY}), deals=some_deals(amounts=(250.0, 250.0)))
    assert planned(history, revenue(1000)).volume == 4
    assert planned(history, revenue(1001)).volume == 5


def test_a_target_that_is_met_needs_nothing() -> None:
    won = ByDay((date(2026, 12, 3),), np.array([3]), np.array([900.0]))
    history = some_history(counts(200, {30: 9}), deals=some_deals(won=won))
    window = Period(date(2026, 12, 1), date(2027, 1, 31))
    met = planned(history, revenue(900, window))
    assert met.volume == 0
    assert met.joint_chance == 1
    assert planned(history, revenue(901, window)).volume > 0


@pytest.mark.parametrize("end", [TODAY, TODAY - timedelta(days=40)])
def test_a_deadline_that_has_passed_is_refused(usual: History, end: date) -> None:
    with pytest.raises(MetricError, match="has passed"):
        planned(usual, deals(1, Period(date(2026, 1, 1), end)))


def test_leads_of_the_last_days_are_too_late() -> None:
    history = some_history(counts(MANY, {100: MANY}))
    plan = planned(history, deals(10))
    # Those from 23 September on win in 2028.
    assert [
        month.start.month for month, late in zip(plan.months, plan.too_late, strict=True) if late
    ] == [10, 11, 12]
    assert plan.in_time[0, 8] == pytest.approx(22 / 30, abs=0.15)
    assert plan.last_useful_month == Period(date(2027, 9, 1), date(2027, 9, 30))


def test_slower_deals_move_the_last_useful_month() -> None:
    history = some_history(counts(MANY, {100: MANY}))
    slow = planned(history, deals(10), Assumptions(time_to_win=2.0))
    assert slow.last_useful_month == Period(date(2027, 6, 1), date(2027, 6, 30))


def test_nobody_wins_in_time_so_no_volume_is_enough() -> None:
    plan = planned(some_history(counts(MANY, {400: MANY})), deals(3))
    assert not plan.is_reachable
    assert plan.chances == [0.0]
    assert plan.last_useful_month is None


def test_the_answer_is_the_smallest_that_is_sure_enough(usual: History) -> None:
    for confidence in (0.5, 0.8, 0.95):
        plan = planned(usual, Target(TargetKind.REVENUE, (Deadline(YEAR, 5000),), confidence))
        (needed,) = plan.needed
        assert (needed <= plan.volume).mean() >= confidence
        assert (needed <= plan.volume - 1).mean() < confidence


@pytest.mark.parametrize("target", [revenue(5000), deals(30), deals(3)])
def test_forward_of_backward_is_the_confidence(usual: History, target: Target) -> None:
    plan = planned(usual, target, draws=10_000)
    # Two runs of ten thousand draws differ by more than 0.02 in one of a thousand.
    assert hit_chance(plan, plan.entries) == pytest.approx(0.8, abs=0.02)
    assert most_reachable(plan, plan.entries) == pytest.approx(target.total, rel=0.03, abs=1)


def test_a_surer_or_larger_target_never_needs_less(usual: History) -> None:
    volumes = [planned(usual, deals(30, confidence=each)).volume for each in (0.5, 0.7, 0.9)]
    assert volumes == sorted(volumes)
    volumes = [planned(usual, deals(each)).volume for each in (5, 10, 40)]
    assert volumes == sorted(volumes)


def test_each_deadline_is_met_as_surely_as_asked_and_all_only_when_asked(usual: History) -> None:
    each = planned(usual, revenue(2000, *QUARTERS))
    assert min(each.chances) >= 0.8
    assert each.joint_chance < 0.8
    together = planned(usual, revenue(2000, *QUARTERS, together=Together.ALL))
    assert together.joint_chance >= 0.8
    assert together.volume > each.volume


def test_months_are_scaled_for_the_window_in_which_most_of_their_wins_fall() -> None:
    history = some_history(counts(MANY, {120: MANY}))
    early, late = (
        Period(date(2027, 1, 1), date(2027, 6, 30)),
        Period(date(2027, 7, 1), date(2027, 12, 31)),
    )
    plan = planned(history, Target(TargetKind.DEALS, (Deadline(early, 2), Deadline(late, 40))))
    # January's and February's leads win in May and June, March's in July.
    assert plan.entries[0] == pytest.approx(plan.entries[1] * 31 / 28)
    assert plan.entries[2] > 5 * plan.entries[1]
    assert min(plan.chances) >= 0.8


def test_a_window_too_near_for_new_leads_is_decided_by_what_exists(usual: History) -> None:
    months = tuple(
        Period(day, (day + timedelta(31)).replace(day=1) - timedelta(1))
        for day in Period(date(2027, 1, 1), date(2027, 6, 30)).months()
    )
    history = some_history(
        counts(MANY, {100: MANY // 20}, {30: MANY - MANY // 20}),
        deals=some_deals(amounts=(40.0, 80.0, 120.0)),
    )
    plan = planned(history, revenue(800, *months))
    # Nothing is in flight: January to March cannot be met, and ask for no leads either.
    assert plan.too_near.tolist() == [True, True, True, False, False, False]
    assert plan.chances[:3] == [0, 0, 0]
    assert min(plan.chances[3:]) >= 0.8
    assert (
        plan.volume
        < 10 * planned(history, revenue(2400, Period(months[3].start, months[5].end))).volume
    )


def test_a_window_without_months_of_its_own_is_met_by_those_of_another() -> None:
    history = some_history(counts(MANY, {120: MANY}))
    soon = Period(date(2027, 1, 1), date(2027, 1, 31))
    rest = Period(date(2027, 2, 1), date(2027, 12, 31))
    plan = planned(history, deals(3, soon, rest))
    assert plan.too_near.tolist() == [True, False]
    assert plan.chances[0] == 0
    between = Period(date(2027, 5, 10), date(2027, 5, 12))
    plan = planned(history, deals(3, Period(date(2027, 1, 1), date(2027, 5, 9)), between))
    assert plan.planned[0] == plan.planned[1]
    assert min(plan.chances) >= 0.8


def test_entries_keep_the_profile_of_the_months(usual: History) -> None:
    weights = tuple(float(month) for month in range(1, 13))
    plan = planned(usual, deals(10), Assumptions(weights=weights))
    assert plan.entries / plan.entries[0] == pytest.approx(weights)


def test_the_mix_says_whose_rates_count() -> None:
    history = some_history(
        counts(MANY, {0: MANY // 2}, {0: MANY // 2}), counts(MANY, {0: 1}, {0: MANY - 1})
    )
    only_a = planned(history, deals(50), Assumptions(mix=(("A", 1.0),)))
    half = planned(history, deals(50), Assumptions(mix=(("A", 0.5), ("B", 0.5))))
    assert only_a.volume == pytest.approx(50 + nbinom.ppf(0.8, 50, 0.5), rel=0.03)
    assert half.volume == pytest.approx(50 + nbinom.ppf(0.8, 50, 0.25), rel=0.03)


@pytest.mark.parametrize(
    ("assumptions", "part"),
    [
        (Assumptions(win_rate=2.0), 0.5),
        (Assumptions(deal_size=2.0), 0.5),
    ],
)
def test_twice_the_rate_or_size_needs_about_half(
    usual: History, assumptions: Assumptions, part: float
) -> None:
    usual_volume = planned(usual, revenue(20_000)).volume
    assert planned(usual, revenue(20_000), assumptions).volume == pytest.approx(
        part * usual_volume, rel=0.03
    )


def test_the_same_seed_gives_the_same_plan(usual: History) -> None:
    first, again = planned(usual, revenue(5000)), planned(usual, revenue(5000))
    assert np.array_equal(first.needed, again.needed)
    assert np.array_equal(landing(first, first.entries), landing(again, again.entries))
    other = draw(usual, DRAWS, seed=2)
    third = backward_plan(usual, other, in_flight(usual, other, (YEAR,)), revenue(5000))
    assert not np.array_equal(first.needed, third.needed)


def test_rates_of_nought_and_one_are_drawn_like_others() -> None:
    for won in (0, 20):
        history = some_history(counts(20, {9: won}, {9: 20 - won}), counts(20, {9: 10}, {9: 10}))
        plan = planned(history, deals(5), Assumptions(mix=(("A", 1.0),)))
        assert plan.is_reachable
        assert plan.volume >= 5


@pytest.mark.parametrize(
    ("assumptions", "message"),
    [
        ({"mix": (("Z", 1.0),)}, "there is no segment 'Z'; there are all"),
        ({"mix": (("all", 0.7),)}, "add up to 70.0%"),
        ({"weights": (1.0,) * 11}, "the plan has 12 months, .* but 11 are given"),
        ({"win_rate": 0.0}, "win rate × 0 cannot be assumed"),
        ({"weights": (0.0,) * 12}, "one over 0"),
    ],
)
def test_what_cannot_be_assumed_is_refused(
    usual: History, assumptions: dict[str, object], message: str
) -> None:
    with pytest.raises(MetricError, match=message):
        planned(usual, deals(1), Assumptions(**assumptions), draws=50)  # type: ignore[arg-type]


def test_what_cannot_be_a_target_is_refused(usual: History) -> None:
    with pytest.raises(MetricError, match="nothing to plan for"):
        Deadline(YEAR, 0)
    with pytest.raises(MetricError, match="overlap"):
        deals(1, YEAR, QUARTERS[3])
    with pytest.raises(MetricError, match="cannot be planned for"):
        deals(1, confidence=0.3)
    with pytest.raises(MetricError, match="within 60 months"):
        planned(usual, deals(1, Period(date(2027, 1, 1), date(2035, 1, 1))), draws=50)
    with pytest.raises(MetricError, match="no won deal has an amount"):
        planned(some_history(counts(9, {0: 3}), deals=some_deals(amounts=())), revenue(1), draws=50)


def test_the_usual_volume_is_that_of_the_last_full_months(usual: History) -> None:
    assert entries_per_month(usual) == 100
