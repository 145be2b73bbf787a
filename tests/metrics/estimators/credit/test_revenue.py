"""Draws of credited money: as loops say it, true to the mean, and as wide as deals vary."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from metrics.estimators.credit.bands import group_weights
from metrics.estimators.credit.revenue import revenue_draws


def test_without_smoothing_it_is_what_loops_add_up() -> None:
    rng = np.random.default_rng(1)
    credit = rng.integers(0, 5, (7, 3)).astype(float)
    groups = np.array([0, 1, 0, 2, 2, 3, 1])
    weights = rng.poisson(1.0, (6, 4)).astype(float)
    found = revenue_draws(credit, groups, weights, 0, rng)
    for draw in range(6):
        for segment in range(3):
            expected = sum(weights[draw, groups[deal]] * credit[deal, segment] for deal in range(7))
            assert found[draw, segment] == pytest.approx(expected)


def test_a_sparse_matrix_says_the_same() -> None:
    credit = np.array([[3.0, 0, 1], [0, 0, 2], [4, 5, 0]])
    groups, weights = np.array([0, 1, 1]), group_weights(2, np.random.default_rng(2), 50)
    dense = revenue_draws(credit, groups, weights, 0.4, np.random.default_rng(3))
    thin = revenue_draws(sparse.csr_array(credit), groups, weights, 0.4, np.random.default_rng(3))
    assert thin == pytest.approx(dense)


def test_a_deal_is_as_large_in_all_its_segments_and_the_mean_stays() -> None:
    credit, groups = np.array([[30.0, 70.0]]), np.array([0])
    found = revenue_draws(credit, groups, np.ones((20_000, 1)), 0.5, np.random.default_rng(4))
    assert found[:, 1] / found[:, 0] == pytest.approx(7 / 3)
    assert found[:, 0].mean() == pytest.approx(30, rel=0.02)
    assert np.log(found[:, 0]).std() == pytest.approx(0.5, rel=0.02)


def test_bounds_cover_what_another_year_brings() -> None:
    """200 years of about 80 deals of log-normal amounts: 90% bounds cover the true mean."""
    rng = np.random.default_rng(5)
    covered = 0
    true = 80 * np.exp(1 / 2)
    for _ in range(200):
        amounts = rng.lognormal(0, 1, rng.poisson(80))[:, None]
        groups = np.arange(len(amounts))
        weights = group_weights(len(amounts), rng, 200)
        low, high = np.quantile(revenue_draws(amounts, groups, weights, 0.3, rng), [0.05, 0.95])
        covered += low <= true <= high
    assert 165 <= covered <= 192


def test_a_negative_bandwidth_is_refused() -> None:
    with pytest.raises(ValueError, match="bandwidth"):
        revenue_draws(np.ones((1, 1)), np.zeros(1, np.int64), np.ones((1, 1)), -1,
                      np.random.default_rng(1))  # fmt: skip
