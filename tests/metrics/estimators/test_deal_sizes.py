"""Amounts of deals to come, and the deals that a sum takes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import ks_2samp

from metrics.estimators import deal_sizes
from metrics.estimators.deal_sizes import DealSizes, deals_to_reach, draw_totals

WON = [0, 800, 1200, 1500, 2000, 2400, 3000, 5000, 9000, 30_000]


def weighted_amounts(
    sizes: DealSizes, draws: int, deals: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """The same with the weights made and each deal looked up in them, [draws, deals]."""
    rows = []
    for _ in range(draws):
        weights = rng.dirichlet(np.ones(len(sizes.amounts)))
        kernel = rng.normal(-(sizes.bandwidth**2) / 2, sizes.bandwidth, deals)
        rows.append(rng.choice(sizes.amounts, size=deals, p=weights) * np.exp(kernel))
    return np.array(rows)


def test_totals_are_those_of_weighted_amounts() -> None:
    rng = np.random.default_rng(1)
    sizes = DealSizes.of(WON)
    for deals in (1, 7, 120):
        found = draw_totals(sizes, np.full(4000, deals), rng)
        expected = weighted_amounts(sizes, 4000, deals, rng).sum(axis=1)
        assert ks_2samp(found, expected).pvalue > 0.001, deals


def test_the_deals_to_a_sum_are_those_of_weighted_amounts() -> None:
    rng = np.random.default_rng(2)
    sizes = DealSizes.of(WON)
    amounts = weighted_amounts(sizes, 3000, 1500, rng).cumsum(axis=1)
    for total in (1, 40_000, 400_000):
        found = deals_to_reach(sizes, np.full(3000, float(total)), rng)
        expected = (amounts < total).sum(axis=1) + 1
        assert ks_2samp(found, expected).pvalue > 0.001, total


def test_smoothing_keeps_the_mean_and_leaves_what_was_seen() -> None:
    sizes = DealSizes.of([100, 200, 400, 1000])
    assert sizes.bandwidth > 0.3
    amounts = draw_totals(sizes, np.ones(400_000, dtype=np.int64), np.random.default_rng(3))
    assert amounts.mean() == pytest.approx(425, rel=0.01)
    assert amounts.max() > 1000
    assert not np.isin(amounts, sizes.amounts).any()


@pytest.mark.parametrize("won", [12, 2500])
def test_many_deals_are_drawn_like_few(won: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # With one by one as the yardstick; 2,500 amounts have no weights made.
    rng = np.random.default_rng(4)
    sizes = DealSizes.of(rng.lognormal(8, 1.2, won))
    deals = round(1.3 * sizes.exact_deals)
    sums = np.full(12_000, deals * sizes.amounts.mean())
    counts = np.full(12_000, deals)
    share = [0.1, 0.5, 0.9]
    about = np.quantile(deals_to_reach(sizes, sums, rng), share)
    about_total = np.quantile(draw_totals(sizes, counts, rng), share)
    monkeypatch.setattr(deal_sizes, "FEWEST_EXACT", 10**5)
    monkeypatch.setattr(deal_sizes, "MOST_EXACT", 10**5)
    exact = np.quantile(deals_to_reach(sizes, sums, rng), share)
    exact_total = np.quantile(draw_totals(sizes, counts, rng), share)
    np.testing.assert_allclose(about, exact, rtol=0.02)
    np.testing.assert_allclose(about_total, exact_total, rtol=0.02)


def test_many_deals_of_like_amounts_keep_mean_and_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    # Half a deal is the overshoot; the unsure mean of the amounts adds to the spread of the deals.
    rng = np.random.default_rng(9)
    sizes = DealSizes.of(rng.uniform(5000, 15_000, 2500))
    sums, counts = np.full(12_000, 320 * sizes.amounts.mean()), np.full(12_000, 1000)
    about, about_total = deals_to_reach(sizes, sums, rng), draw_totals(sizes, counts, rng)
    monkeypatch.setattr(deal_sizes, "FEWEST_EXACT", 10**5)
    monkeypatch.setattr(deal_sizes, "MOST_EXACT", 10**5)
    exact, exact_total = deals_to_reach(sizes, sums, rng), draw_totals(sizes, counts, rng)
    assert about.mean() == pytest.approx(exact.mean(), abs=0.3)
    assert about.std() == pytest.approx(exact.std(), rel=0.03)
    assert about_total.mean() == pytest.approx(exact_total.mean(), rel=0.001)
    assert about_total.std() == pytest.approx(exact_total.std(), rel=0.03)


def test_each_draw_has_its_own_number_of_deals() -> None:
    sizes = DealSizes.of([100.0] * 9 + [100.0001])
    assert sizes.single is None
    deals = np.arange(400)
    totals = draw_totals(sizes, deals, np.random.default_rng(10))
    np.testing.assert_allclose(totals, 100 * deals, rtol=1e-5)
    sums = 100 * deals.astype(np.float64) - 50
    assert (deals_to_reach(sizes, sums, np.random.default_rng(10))[:200] == deals[:200]).all()


def test_the_periods_of_a_draw_share_one_weighting(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(11)
    sizes = DealSizes.of([2000.0, 6000])
    deals = np.tile([60, 0, 60, 1, 90], (4000, 1))
    totals = draw_totals(sizes, deals, rng)
    assert totals.shape == deals.shape
    assert (totals[:, 1] == 0).all()
    assert (totals[:, 3] > 0).all()
    np.testing.assert_allclose(totals.mean(axis=0), 4000 * deals[0], rtol=0.06)
    # Two amounts: one weighting is nearly the whole spread of 60 deals.
    assert np.corrcoef(totals[:, 0], totals[:, 2])[0, 1] > 0.8
    alone = draw_totals(sizes, deals.sum(axis=1), rng)
    assert ks_2samp(totals.sum(axis=1), alone).pvalue > 0.001
    monkeypatch.setattr(deal_sizes, "FEWEST_EXACT", 20)
    monkeypatch.setattr(deal_sizes, "MOST_EXACT", 20)
    about = draw_totals(sizes, deals, rng)
    assert (about[:, 1] == 0).all()
    np.testing.assert_allclose(about.mean(axis=0), totals.mean(axis=0), rtol=0.06)
    np.testing.assert_allclose(
        about.std(axis=0)[[0, 2, 4]], totals.std(axis=0)[[0, 2, 4]], rtol=0.1
    )


def test_what_remains_after_the_last_exact_deal_is_added() -> None:
    # A sum just within reach of one by one: in many draws the deals are not enough.
    rng = np.random.default_rng(5)
    sizes = DealSizes.of([10.0, 20, 1000, 30, 15])
    sums = np.full(4000, sizes.exact_deals * sizes.amounts.mean())
    found = deals_to_reach(sizes, sums, rng)
    beyond = found > sizes.exact_deals + deal_sizes.BLOCK
    assert 0.2 < beyond.mean() < 0.7
    weights = rng.dirichlet(np.ones(5), 200_000)
    expected = np.quantile(sums[0] / (weights @ sizes.amounts), [0.3, 0.5, 0.7])
    np.testing.assert_allclose(np.quantile(found, [0.3, 0.5, 0.7]), expected, rtol=0.06)


def test_skewed_amounts_take_more_deals_one_by_one() -> None:
    assert DealSizes.of([10.0, 20, 30]).exact_deals == deal_sizes.FEWEST_EXACT
    heavy = np.random.default_rng(6).lognormal(0, 2.5, 300)
    assert DealSizes.of(heavy).exact_deals > deal_sizes.FEWEST_EXACT


def test_one_price_is_not_smoothed() -> None:
    rng = np.random.default_rng(7)
    for amounts in ([250.0], [250.0] * 9, [0.0, 250.0], [100.0, 250, 250, 250, 250, 250, 900]):
        assert DealSizes.of(amounts).bandwidth == 0
    assert DealSizes.of([250.0] * 3).single == 250
    sums = np.array([-5.0, 0, 1, 250, 250.01, 75_000_000])
    assert deals_to_reach(DealSizes.of([250.0]), sums, rng).tolist() == [0, 0, 1, 1, 2, 300_000]
    assert deals_to_reach(DealSizes.of([0.1]), np.array([0.1 + 0.2, 0.7]), rng).tolist() == [3, 7]
    prices = DealSizes.of([100.0, 250, 250, 250, 250, 250, 900])
    assert np.isin(draw_totals(prices, np.ones(500, dtype=int), rng), prices.amounts).all()


def test_deals_of_no_amount_reach_nothing() -> None:
    rng = np.random.default_rng(8)
    nothing = DealSizes.of([0.0, 0.0])
    assert deals_to_reach(nothing, np.array([0.0, 1]), rng).tolist() == [0, np.inf]
    assert draw_totals(nothing, np.array([9]), rng).tolist() == [0]
    # One deal in three has an amount: three times as many are needed, and sometimes far more.
    some = deals_to_reach(DealSizes.of([0.0, 0.0, 90.0]), np.full(4000, 900.0), rng)
    assert np.isfinite(some).all()
    assert 20 < np.median(some) < 50


def test_a_credit_is_no_size_of_a_deal_to_come() -> None:
    assert DealSizes.of([-500.0, 10, 20, 40, 80]).amounts.tolist() == [10, 20, 40, 80]
    assert DealSizes.of([-500.0, -20.0]).single == 0


def test_amounts_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="without a won amount"):
        DealSizes.of([])
    for amount in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not a number"):
            DealSizes.of([10, amount])
    with pytest.raises(ValueError, match="negative"):
        draw_totals(DealSizes.of(WON), np.array([-1]), np.random.default_rng(1))


def test_the_seed_decides_the_draws() -> None:
    sizes, sums = DealSizes.of(WON), np.linspace(0, 3_000_000, 60)
    one, same, other = (
        deals_to_reach(sizes, sums, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()
