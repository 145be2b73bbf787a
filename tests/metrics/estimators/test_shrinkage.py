"""Rates of segments drawn with the population they come from."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaln

from metrics.estimators.shrinkage import draw_rates, posterior_grid

# Tumours among the rats of 71 groups: Bayesian Data Analysis, table 5.1 (Tarone 1982).
RATS = """
0/20 0/20 0/20 0/20 0/20 0/20 0/20 0/19 0/19 0/19 0/19 0/18 0/18 0/17 1/20 1/20 1/20 1/20 1/19
1/19 1/18 1/18 2/25 2/24 2/23 2/20 2/20 2/20 2/20 2/20 2/20 1/10 5/49 2/19 5/46 3/27 2/17 7/49
7/47 3/20 3/20 2/13 9/48 10/50 4/20 4/20 4/20 4/20 4/20 4/20 4/20 10/48 4/19 4/19 4/19 5/22
11/46 12/49 5/20 5/20 6/23 5/19 6/22 6/20 6/20 6/20 16/52 15/46 15/47 9/24 4/14
"""


def rats() -> tuple[list[int], list[int]]:
    pairs = [group.split("/") for group in RATS.split()]
    return [int(tumours) for tumours, _ in pairs], [int(size) for _, size in pairs]


def test_the_rat_tumours_give_the_published_population() -> None:
    tumours, sizes = rats()
    assert len(sizes) == 71
    grid = posterior_grid(tumours, sizes)
    assert grid.weight.shape == (60, 60)
    assert grid.expected_alpha == pytest.approx(2.40, abs=0.005)
    assert grid.expected_beta == pytest.approx(14.32, abs=0.005)
    alpha, beta = grid.draw(50_000, np.random.default_rng(1))
    assert alpha.mean() == pytest.approx(2.40, abs=0.02)
    assert beta.mean() == pytest.approx(14.32, abs=0.1)


def test_the_rates_of_the_rats_shrink_towards_their_mean() -> None:
    tumours, sizes = rats()
    rates = draw_rates(tumours, sizes, 4000, np.random.default_rng(1))
    raw = np.array(tumours) / np.array(sizes)
    means = rates.mean(axis=0)
    middle = sum(tumours) / sum(sizes)
    far = np.abs(raw - middle) > 0.03
    assert (np.abs(means - middle) < np.abs(raw - middle))[far].all()
    # 4 of 14 in the last group: mean (2.40 + 4) ÷ (16.72 + 14) with the prior held fixed.
    assert means[-1] == pytest.approx(6.4 / 30.72, abs=0.01)


def test_the_grid_agrees_with_an_integral_over_alpha_and_beta() -> None:
    # Few segments, wide posterior; over (α, β) itself no change of variables can be forgotten.
    successes, trials = np.array([3.5, 12, 6.25]), np.array([40.0, 60, 30.5])

    log_alpha, log_beta = np.linspace(-9, 13, 1500)[:, None], np.linspace(-6, 14, 1500)
    alpha, beta = np.exp(log_alpha), np.exp(log_beta)
    density = log_alpha + log_beta - 2.5 * np.log(alpha + beta) - 3 * betaln(alpha, beta)
    for success, trial in zip(successes, trials, strict=True):
        density += betaln(alpha + success, beta + trial - success)
    mass = np.where((alpha + beta >= 1) & (alpha + beta <= 1e6), np.exp(density + 62), 0)
    expected = (mass * alpha / (alpha + beta)).sum() / mass.sum()
    grid = posterior_grid(successes, trials)
    assert grid.mean @ grid.weight.sum(axis=1) == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(
    ("successes", "trials"),
    [([0], [10]), ([10], [10]), ([0, 0, 0], [50, 80, 20]), ([7], [30]), ([0, 5], [0, 50])],
)
def test_none_all_and_a_single_segment_need_no_special_case(
    successes: list[int], trials: list[int]
) -> None:
    rates = draw_rates(successes, trials, 2000, np.random.default_rng(2))
    assert rates.shape == (2000, len(trials))
    assert ((rates >= 0) & (rates <= 1)).all()
    assert (rates.std(axis=0) > 0).all()


def test_large_segments_keep_their_own_rate() -> None:
    # Their posterior is a thousandth of the first grid's step: the grid has to find it.
    rates = draw_rates([50_000, 51_000], [10**6, 10**6], 2000, np.random.default_rng(3))
    assert rates.mean(axis=0).tolist() == pytest.approx([0.05, 0.051], abs=5e-5)
    alike = posterior_grid([50_000] * 9, [10**6] * 9)
    assert alike.mean @ alike.weight.sum(axis=1) == pytest.approx(0.05, abs=1e-4)
    assert (alike.weight.sum(axis=1) > 1e-4).sum() > 15


def test_the_order_of_segments_does_not_matter() -> None:
    one, other = posterior_grid([1, 5, 9], [20, 25, 90]), posterior_grid([9, 1, 5], [90, 20, 25])
    np.testing.assert_allclose(one.weight, other.weight, rtol=1e-6)


def test_the_seed_decides_the_draws() -> None:
    one, same, other = (
        draw_rates([1, 5], [20, 25], 50, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).all()


def test_counts_that_cannot_be_are_refused() -> None:
    for successes, trials in ([], []), ([1, 2], [5]), ([[1]], [[2]]):
        with pytest.raises(ValueError, match="per segment"):
            posterior_grid(successes, trials)
    for success, trial in (6, 5), (-1, 5), (1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and the trials"):
            draw_rates([success], [trial], 10, np.random.default_rng(1))
