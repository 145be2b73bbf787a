"""Deals drawn once: the same distribution as drawn anew, the same deals for every question."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from metrics.estimators import deal_sizes
from metrics.estimators.deal_sizes import DealSizes, deals_to_reach, draw_totals
from metrics.estimators.deal_sums import DealSums

WON = [0, 800, 1200, 1500, 2000, 2400, 3000, 5000, 9000, 30_000]

SIZES = DealSizes.of(WON)

DRAWS = 4000


@pytest.fixture(scope="module")
def sums() -> DealSums:
    """Deals of ten amounts."""
    return DealSums.of(SIZES, DRAWS, np.random.default_rng(1))


@pytest.mark.parametrize("deals", [1, 7, 120, 400, 2000])
def test_totals_are_those_of_deals_drawn_anew(sums: DealSums, deals: int) -> None:
    rng = np.random.default_rng(2)
    found = sums.totals(np.full(DRAWS, deals), 1, rng)
    assert ks_2samp(found, draw_totals(SIZES, np.full(DRAWS, deals), rng)).pvalue > 0.001


@pytest.mark.parametrize("total", [1.0, 40_000, 400_000, 900_000, 9_000_000])
def test_the_deals_to_a_sum_are_those_drawn_anew(sums: DealSums, total: float) -> None:
    rng = np.random.default_rng(3)
    found = sums.to_reach(np.full(DRAWS, total), 1, rng)
    anew = deals_to_reach(SIZES, np.full(DRAWS, total), rng)
    if total < 1_000_000:
        assert ks_2samp(found, anew).pvalue > 0.001
    else:  # Drawn anew, so large a sum is normal from the first deal on.
        share = [0.1, 0.5, 0.9]
        np.testing.assert_allclose(np.quantile(found, share), np.quantile(anew, share), rtol=0.05)


def test_so_many_deals_reach_their_own_total_and_one_fewer_does_not(sums: DealSums) -> None:
    rng = np.random.default_rng(4)
    wanted = np.linspace(1, 500_000, DRAWS)
    needed = sums.to_reach(wanted, 5, rng).astype(np.int64)
    exact = needed <= SIZES.exact_deals
    assert exact.sum() > 1000
    reached = sums.totals(needed, 5, rng)
    before = sums.totals(needed - 1, 5, rng)
    assert (reached[exact] >= wanted[exact] * (1 - 2e-6)).all()
    assert (before[exact] < wanted[exact]).all()


def test_the_deals_are_the_same_in_a_turn_and_others_in_the_next(sums: DealSums) -> None:
    rng = np.random.default_rng(5)
    deals = np.full(DRAWS, 60)
    first, again, other = (sums.totals(deals, turn, rng) for turn in (1, 1, 2))
    assert (first == again).all()
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.06
    fewer = sums.totals(deals[:500], 1, rng)
    assert (fewer == first[:500]).all()
    # One more deal never brings less, whatever a plan assumes of how many there are.
    assert (sums.totals(deals + 1, 1, rng) >= first).all()


def test_larger_deals_are_the_same_deals(sums: DealSums) -> None:
    rng = np.random.default_rng(6)
    deals, double = np.full(DRAWS, 90), sums.times(2.0)
    np.testing.assert_allclose(double.totals(deals, 3, rng), 2 * sums.totals(deals, 3, rng))
    wanted = np.full(DRAWS, 200_000.0)
    same = double.to_reach(2 * wanted, 3, rng) == sums.to_reach(wanted, 3, rng)
    assert same.all()
    assert double.expected == 2 * np.mean(WON)


def test_periods_follow_each_other(sums: DealSums) -> None:
    rng = np.random.default_rng(7)
    deals = np.tile([60, 0, 30, 1, 90], (DRAWS, 1))
    totals = sums.totals(deals, 0, rng)
    assert totals.shape == deals.shape
    assert (totals[:, 1] == 0).all()
    whole = sums.totals(deals.sum(axis=1), 0, rng)
    np.testing.assert_allclose(totals.sum(axis=1), whole, rtol=1e-5)
    np.testing.assert_allclose(totals.mean(axis=0), deals[0] * np.mean(WON), rtol=0.06)
    anew = draw_totals(SIZES, 10 * deals, rng)
    far = sums.totals(10 * deals, 0, rng)
    for period in (0, 2, 4):
        assert ks_2samp(far[:, period], anew[:, period]).pvalue > 0.001, period


def test_one_amount_needs_no_draws() -> None:
    rng = np.random.default_rng(8)
    same = DealSums.of(DealSizes.of([250.0] * 3), 6, rng).times(2.0)
    wanted = np.array([-5.0, 0, 1, 500, 500.01, 75_000_000])
    assert same.to_reach(wanted, 2, rng).tolist() == [0, 0, 1, 1, 2, 150_000]
    assert same.totals(np.array([[2, 0], [1, 5]]), 2, rng).tolist() == [[1000, 0], [500, 2500]]
    nothing = DealSums.of(DealSizes.of([0.0]), 2, rng)
    assert nothing.to_reach(np.array([0.0, 1]), 0, rng).tolist() == [0, np.inf]


def test_prices_are_reached_exactly() -> None:
    sizes = DealSizes.of([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3])
    assert sizes.bandwidth == 0
    sums = DealSums.of(sizes, 500, np.random.default_rng(9))
    rng = np.random.default_rng(9)
    ten = np.rint(sums.totals(np.full(500, 10), 1, rng) * 10) / 10
    assert (sums.to_reach(ten, 1, rng) == 10).all()


def test_deals_go_on_after_the_exact_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deal_sizes, "FEWEST_EXACT", 20)
    monkeypatch.setattr(deal_sizes, "MOST_EXACT", 20)
    rng = np.random.default_rng(12)
    few = DealSums.of(SIZES, DRAWS, rng)
    monkeypatch.undo()
    many = DealSums.of(SIZES, DRAWS, rng)
    share = [0.1, 0.5, 0.9]
    for deals in (21, 200):
        about, exact = (each.totals(np.full(DRAWS, deals), 0, rng) for each in (few, many))
        about, exact = np.quantile(about, share), np.quantile(exact, share)
        np.testing.assert_allclose(about, exact, rtol=0.05)
    wanted = np.full(DRAWS, 200 * np.mean(WON))
    about, exact = (np.quantile(each.to_reach(wanted, 0, rng), share) for each in (few, many))
    np.testing.assert_allclose(about, exact, rtol=0.05)


def test_deals_after_the_exact_ones_are_the_same_whenever_they_are_asked_for() -> None:
    first, second = (DealSums.of(SIZES, DRAWS, np.random.default_rng(3)) for _ in range(2))
    few, many = np.full(DRAWS, 7), np.full(DRAWS, 2 * len(first.sums))
    first.totals(few, 1, np.random.default_rng(4))
    found = [
        each.totals(many, 1, np.random.default_rng(5)) for each in (first, second, first, second)
    ]
    assert (np.stack(found) == found[0]).all()


def test_fewer_deals_than_none_are_refused(sums: DealSums) -> None:
    with pytest.raises(ValueError, match="negative"):
        sums.totals(np.array([-1]), 0, np.random.default_rng(1))
