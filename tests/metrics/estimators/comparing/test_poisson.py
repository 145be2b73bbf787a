"""Bounds of a count: Garwood's, and they hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from metrics.estimators.comparing.poisson import poisson_bounds


def test_they_are_quantiles_of_chi_squared() -> None:
    counts = np.array([0.0, 1, 2, 7, 50, 4000])
    low, high = poisson_bounds(counts, 0.9)
    assert low[1:] == pytest.approx(stats.chi2.ppf(0.05, 2 * counts[1:]) / 2)
    assert high == pytest.approx(stats.chi2.ppf(0.95, 2 * counts + 2) / 2)
    assert low[0] == 0


@pytest.mark.parametrize("mean", [0.5, 3, 20])
def test_they_cover_at_least_as_often_as_they_say(mean: float) -> None:
    counts = np.arange(200.0)
    low, high = poisson_bounds(counts)
    inside = (low <= mean) & (mean <= high)
    assert stats.poisson.pmf(counts, mean)[inside].sum() >= 0.95


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        poisson_bounds(np.array([-1.0]))
