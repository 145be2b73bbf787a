"""Scores of forecasts against brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from metrics.estimators.forecasts.scores import coverage, crps, mid_pit, pinball, pit_histogram

amounts = st.integers(-5, 5).map(float) | st.floats(-1e5, 1e5)
forecasts = st.tuples(st.lists(amounts, min_size=1, max_size=12), amounts)


@given(forecasts)
def test_crps_is_the_sum_over_all_pairs(forecast: tuple[list[float], float]) -> None:
    draws, actual = np.array(forecast[0]), forecast[1]
    pairs = abs(draws[:, None] - draws[None, :]).mean()
    expected = abs(draws - actual).mean() - pairs / 2
    assert float(crps(draws, np.array(actual))) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(forecasts)
def test_crps_is_twice_the_mean_pinball_over_all_levels(
    forecast: tuple[list[float], float],
) -> None:
    draws, actual = np.sort(forecast[0]), np.array(forecast[1])
    # The quantile of a level between (k - 1)/m and k/m is the k-th draw; the loss is linear there.
    middles = (np.arange(len(draws)) + 0.5) / len(draws)
    expected = 2 * pinball(draws, middles, actual).mean()
    assert float(crps(draws, actual)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_crps_of_normal_draws_is_the_closed_form() -> None:
    # Gneiting and Raftery (2007): σ (z (2Φ(z) - 1) + 2φ(z) - 1/√π).
    draws = norm.ppf((np.arange(20000) + 0.5) / 20000) * 3 + 10
    for actual in (4.0, 10.0, 11.5, 25.0):
        z = (actual - 10) / 3
        expected = 3 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
        assert float(crps(draws, np.array(actual))) == pytest.approx(expected, rel=1e-3)


def test_many_forecasts_are_scored_one_by_one() -> None:
    generator = np.random.default_rng(4)
    draws, actual = generator.normal(size=(3, 2, 50)), generator.normal(size=(3, 2))
    found = crps(draws, actual)
    assert found.shape == (3, 2)
    assert found[2, 1] == pytest.approx(float(crps(draws[2, 1], actual[2, 1])))
    assert mid_pit(draws, actual)[2, 1] == mid_pit(draws[2, 1], actual[2, 1])
    shuffled = generator.permuted(draws, axis=-1)
    np.testing.assert_allclose(crps(shuffled, actual), found)
    actual[0, 0] = np.nan
    assert np.isnan(crps(draws, actual)).sum() == 1
    assert np.isnan(mid_pit(draws, actual)).sum() == 1


def test_the_truth_has_the_least_pinball_on_average() -> None:
    sample = np.random.default_rng(6).exponential(size=20000)
    for level in (0.1, 0.5, 0.9):
        candidates = np.linspace(0, 4, 401)
        cost = [
            float(pinball(np.full((20000, 1), each), np.array([level]), sample).mean())
            for each in candidates
        ]
        assert candidates[np.argmin(cost)] == pytest.approx(np.quantile(sample, level), abs=0.011)


@pytest.mark.parametrize("level", [0.0, 1.0, 50.0, np.nan])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        pinball(np.array([1.0]), np.array([level]), np.array(1.0))


@given(forecasts)
def test_places_are_counted_with_half_of_the_ties(forecast: tuple[list[float], float]) -> None:
    draws, actual = forecast
    below = sum(each < actual for each in draws) + sum(each == actual for each in draws) / 2
    found = float(mid_pit(np.array(draws), np.array(actual)))
    assert found == pytest.approx(below / len(draws))


def test_places_of_honest_forecasts_are_uniform_and_of_narrow_ones_are_not() -> None:
    generator = np.random.default_rng(7)
    centre = generator.normal(size=(4000, 1))
    actual = generator.normal(centre[:, 0])
    honest, narrow = (generator.normal(centre, each, size=(4000, 199)) for each in (1, 0.5))
    counts = pit_histogram(mid_pit(honest, actual), 10)
    assert counts.sum() == 4000
    assert (abs(counts - 400) < 4 * np.sqrt(360)).all()
    ends = pit_histogram(mid_pit(narrow, actual), 10)
    assert min(ends[0], ends[-1]) > 800


def test_the_histogram_counts_what_is_known_and_refuses_what_is_no_place() -> None:
    assert pit_histogram(np.array([np.nan, 0.0, 1.0]), 2).tolist() == [1, 1]
    for bad in (-0.01, 1.01):
        with pytest.raises(ValueError, match="between 0 and 1"):
            pit_histogram(np.array([bad]), 10)


def test_coverage_counts_bounds_and_has_an_interval() -> None:
    low, high = np.zeros(6), np.ones(6)
    found = coverage(low, high, np.array([0, 1, 0.5, -0.1, 1.1, np.nan]))
    assert (found.covered, found.forecasts, found.share) == (3, 5, 0.6)
    assert (found.low, found.high) == pytest.approx(proportion_confint(3, 5, method="wilson"))
    nothing = coverage(low, np.full(6, np.nan), low)
    assert nothing.forecasts == 0
    assert np.isnan([nothing.share, nothing.low, nothing.high]).all()
