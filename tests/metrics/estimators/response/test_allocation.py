"""A budget spread over channels: the best there is, and when nothing is better than today."""

from __future__ import annotations

import numpy as np
import pytest

from bench.attribution.allocating import best_of, concave, worth
from metrics.estimators.response.allocation import allocate
from metrics.estimators.response.curve import fit_curves
from metrics.estimators.response.panel import Floats, Hill
from tests.metrics.estimators.response.planted import TRUTH, panel

SURE = Hill(*(each[None] for each in (TRUTH.beta, TRUTH.kappa, TRUTH.slope, TRUTH.carryover)))


def unsure(count: int, spread: float, seed: int = 3) -> Hill:
    """Draws around the planted curves."""
    generator = np.random.default_rng(seed)
    beta, kappa, slope = (
        each * generator.lognormal(0, spread, (count, 3))
        for each in (TRUTH.beta, TRUTH.kappa, TRUTH.slope)
    )
    return Hill(beta, kappa, slope, np.zeros((count, 3)))


def spent(draws: Hill, today: Floats, caution: float, largest: float = 1e6) -> Floats:
    found = allocate(draws, today, np.full(3, largest), 1, caution, float(today.sum()))
    return np.array([each.value for each in found.spend])


@pytest.mark.parametrize("caution", [0.0, 0.5, 1.0])
def test_no_point_of_a_grid_is_better(caution: float) -> None:
    draws, today = unsure(120, 0.4), np.array([90.0, 90.0, 60.0])
    first, second = np.meshgrid(np.linspace(63, 117, 55), np.linspace(63, 117, 55))
    grid = np.stack((first, second, 240 - first - second), axis=-1).reshape(-1, 3)
    grid = grid[(grid[:, 2] >= 42) & (grid[:, 2] <= 78)]

    def worth(spend: Floats) -> float:
        outcomes = np.sort(draws.response(spend).sum(axis=1))
        return float((1 - caution) * outcomes.mean() + caution * outcomes[:24].mean())

    found = spent(draws, today, caution)
    assert found.sum() == pytest.approx(240)
    best = max(worth(each) for each in grid)
    assert worth(found) >= best - 1e-6
    assert worth(found) <= best + 0.05


def test_the_best_spend_of_known_curves_is_that_of_equal_marginals() -> None:
    # β κ ÷ (κ + x)² = m gives x = √(β κ ÷ m) - κ.
    one = np.ones((1, 2))
    curves = Hill(one * [40.0, 30.0], one * [100.0, 80.0], one, 0 * one)
    root = 380 / (np.sqrt(4000) + np.sqrt(2400))
    expected = root * np.sqrt([4000, 2400]) - [100, 80]
    today = np.array([100.0, 100.0])
    found = allocate(curves, today, np.array([300.0, 300.0]), 1, 0.5, 200.0)
    assert [each.value for each in found.spend] == pytest.approx(expected, abs=0.01)
    assert [each.low for each in found.spend] == pytest.approx(expected, abs=1)
    before, after = curves.response(today).sum(), curves.response(expected).sum()
    assert found.gain.value == pytest.approx(after - before, rel=1e-3)
    assert (found.probability_better, found.regret) == (1, 0)


def test_curves_that_begin_slowly_are_not_left_at_a_local_best() -> None:
    one = np.ones((1, 2))
    curves = Hill(one * [20.0, 28.0], one * [95.0, 120.0], one * 8, 0 * one)
    uphill, downhill = curves.marginal(np.array([[100.0, 100.0]]))[0]
    assert uphill > downhill  # from today it seems to go the other way
    found = allocate(curves, np.array([100.0, 100.0]), np.array([300.0, 300.0]), 1, 0.0, 200.0)
    assert [round(each.value) for each in found.spend] == [70, 130]


def test_caution_moves_money_to_what_is_surely_known() -> None:
    beta = np.array([42.0, 40.0]) * np.random.default_rng(1).lognormal(0, [0.6, 0.0], (4000, 2))
    one = np.ones((4000, 2))
    draws = Hill(beta * [np.exp(-0.18), 1], 100 * one, one, 0 * one)
    bold, careful = (
        allocate(draws, np.full(2, 100.0), np.full(2, 300.0), 1, caution, 200.0).spend[0].value
        for caution in (0.0, 1.0)
    )
    assert bold > 100
    assert careful < bold - 15


def test_no_channel_leaves_its_bounds_or_what_was_ever_seen() -> None:
    today = np.array([100.0, 50.0, 80.0])
    found = spent(unsure(200, 0.2), today, 0.5, largest=104.0)
    assert (found >= 0.7 * today - 1e-6).all()
    assert (found <= np.minimum(1.3 * today, 104) + 1e-6).all()
    assert found.sum() == pytest.approx(230)


def test_units_share_the_spend() -> None:
    today = np.array([90.0, 90.0, 60.0])
    one = allocate(unsure(50, 0.1), today, np.full(3, 500.0), 1, 0.5, 240.0)
    ten = allocate(unsure(50, 0.1), 10 * today, np.full(3, 5000.0), 10, 0.5, 2400.0)
    assert ten.spend[0].value == pytest.approx(10 * one.spend[0].value, rel=0.01)
    assert ten.gain.value == pytest.approx(10 * one.gain.value, rel=0.01)


def test_another_budget_is_compared_with_the_same_shares_of_it() -> None:
    today = np.array([60.0, 100.0, 70.0])
    found = allocate(SURE, today, np.full(3, 500.0), 1, 0.5, 1.1 * 230)
    spend = np.array([each.value for each in found.spend])
    assert spend.sum() == pytest.approx(253)
    gained = TRUTH.response(spend).sum() - TRUTH.response(1.1 * today).sum()
    assert found.gain.value == pytest.approx(gained)


def test_planted_curves_lead_close_to_the_best_spend() -> None:
    units, today = 12, np.array([60.0, 100.0, 70.0]) * 12
    largest = np.full(3, 1e5)

    def worth(spend: Floats) -> float:
        return float(units * TRUTH.response(spend / units).sum())

    best = allocate(SURE, today, largest, units, 0.0, float(today.sum()))
    most = worth(np.array([each.value for each in best.spend]))
    for seed in range(3):
        draws = fit_curves(panel(seed, noise=4.0), np.random.default_rng(1), draws=400).draws
        found = allocate(draws, today, largest, units, 0.5, float(today.sum()))
        reached = worth(np.array([each.value for each in found.spend]))
        assert (most - reached) / most <= 0.05
        assert reached - worth(today) >= 0.8 * (most - worth(today))
        assert found.distinguishable


@pytest.mark.parametrize(("spread", "most"), [(0.0, 1e-4), (0.3, 0.05)])
def test_many_planted_concave_curves_lead_close_to_the_best_spend(
    spread: float, most: float
) -> None:
    for seed in range(4):
        generator = np.random.default_rng(seed)
        truth = concave(generator)
        count = len(truth.beta)
        off = generator.lognormal(0, spread, (2, 100, count)) * generator.lognormal(
            0, spread, (2, 1, count)
        )
        same = np.ones((100, count))
        draws = Hill(truth.beta * off[0], truth.kappa * off[1], truth.slope * same, 0 * same)
        today, largest = generator.uniform(30, 150, count), np.full(count, 1e3)
        found = allocate(draws, today, largest, 1, 0.5, float(today.sum()))
        reached = worth(truth, np.array([each.value for each in found.spend]), 1)
        best = best_of(truth, today, largest, 1)
        assert -1e-6 <= 1 - reached / best <= most


def test_where_today_is_best_nothing_is_distinguishable_from_it() -> None:
    # Three equal curves and equal spend: any move is a mistake, and each past suggests one.
    wrongly = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        learnt = 27 * generator.lognormal(0, 0.15, 3)
        beta = learnt * generator.lognormal(0, 0.15, (300, 3))
        ones = np.ones((300, 3))
        draws = Hill(beta, 80 * ones, ones, 0 * ones)
        found = allocate(draws, np.full(3, 80.0), np.full(3, 500.0), 1, 0.5, 240.0)
        wrongly += found.distinguishable
        assert found.regret >= 0
    assert wrongly <= 6


def test_what_cannot_be_spread_is_an_error() -> None:
    today = np.array([60.0, 100.0, 70.0])
    with pytest.raises(ValueError, match="161 to 299"):
        allocate(SURE, today, np.full(3, 500.0), 1, 0.5, 400.0)
    with pytest.raises(ValueError, match="largest seen"):
        allocate(SURE, today, np.array([50.0, 100.0, 70.0]), 1, 0.5, 230.0)
    with pytest.raises(ValueError, match="caution"):
        allocate(SURE, today, np.full(3, 500.0), 1, 1.5, 230.0)
