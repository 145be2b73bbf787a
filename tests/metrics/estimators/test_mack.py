"""Mack's tests against published triangles and planted effects."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from chainladder.utils import load_sample
from scipy.stats import norm, spearmanr

from metrics.estimators.mack import (
    SmallTriangleError,
    calendar_periods,
    calendar_year_test,
    development_correlation_test,
)

TRIANGLES = ("raa", "abc", "ukmotor", "genins", "mortgage", "mw2008", "mw2014", "m3ir5")

Triangle = np.ndarray[Any, np.dtype[np.float64]]


@cache
def published(name: str) -> tuple[Any, Triangle]:
    shipped = load_sample(name)
    return shipped, shipped.values[0, 0].astype(float)


def conversions(
    seed: int, cohorts: int = 16, ages: int = 8, leads: int = 400, speed: Triangle | None = None
) -> Triangle:
    """Cumulative conversions of cohorts that differ by chance, and by the speed of each cell."""
    generator = np.random.default_rng(seed)
    rates = np.outer(np.ones(cohorts), 60 * 0.5 ** np.arange(ages)) * leads / 400
    made = generator.poisson(rates if speed is None else rates * speed).cumsum(axis=1)
    calendar = np.add.outer(np.arange(cohorts), np.arange(ages))
    return np.where(calendar < cohorts, made, np.nan)


@pytest.mark.parametrize("name", TRIANGLES)
@pytest.mark.parametrize("level", [0.5, 0.9])
def test_development_correlation_is_that_of_chainladder(name: str, level: float) -> None:
    shipped, triangle = published(name)
    expected = shipped.development_correlation(p_critical=1 - level)
    found = development_correlation_test(triangle, level)
    assert found.statistic == pytest.approx(expected.t_expectation.iloc[0, 0], abs=1e-9)
    assert found.expected == 0
    assert (found.low, found.high) == pytest.approx(expected.confidence_interval, abs=1e-9)
    assert found.passed is not bool(expected.reject)


@pytest.mark.parametrize("name", TRIANGLES)
def test_the_calendar_statistic_is_that_of_chainladder(name: str) -> None:
    shipped, triangle = published(name)
    expected = shipped.valuation_correlation(p_critical=0.1, total=True)
    found = calendar_year_test(triangle, 0.9)
    assert found.statistic == pytest.approx(expected.z.iloc[0, 0], abs=1e-9)
    assert found.expected == pytest.approx(expected.z_expectation.iloc[0, 0], abs=1e-9)
    half = norm.ppf(0.95) * np.sqrt(expected.z_variance.iloc[0, 0])
    assert (found.low, found.high) == pytest.approx(
        (found.expected - half, found.expected + half), abs=1e-9
    )


@pytest.mark.parametrize("name", TRIANGLES)
def test_each_calendar_period_is_that_of_chainladder(name: str) -> None:
    shipped, triangle = published(name)
    expected = shipped.valuation_correlation(p_critical=0.1, total=False)
    found = calendar_periods(triangle)
    chances = [period.p_value for period in found]
    np.testing.assert_allclose(chances, expected.probs[0, 0, 0], atol=1e-9)
    smaller = [min(period.slow, period.fast) for period in found]
    np.testing.assert_array_equal(smaller, expected.z.values[0, 0, 0])


def test_published_statistics() -> None:
    # Mack (1994), appendices G and H, on the triangle of the Reinsurance Association of America.
    _, triangle = published("raa")
    development = development_correlation_test(triangle)
    assert development.statistic == pytest.approx(0.070, abs=0.0005)
    assert development.high == pytest.approx(0.127, abs=0.001)
    calendar = calendar_year_test(triangle, 0.9544997361)  # two standard deviations
    assert (calendar.statistic, calendar.expected) == (14, 12.875)
    assert (calendar.low, calendar.high) == pytest.approx((8.886, 16.864), abs=0.001)


def test_p_value_and_interval_agree() -> None:
    _, triangle = published("abc")
    for test in (calendar_year_test, development_correlation_test):
        chance = test(triangle).p_value
        assert 0 < chance < 0.9
        assert test(triangle, 1 - 0.99 * chance).passed
        assert not test(triangle, 1 - 1.01 * chance).passed


def test_calendar_periods_that_slow_or_speed_up_every_cohort_fail() -> None:
    calendar = np.add.outer(np.arange(16), np.arange(8))
    triangle = conversions(1, speed=np.where(calendar % 2, 0.5, 1.5))
    found = calendar_year_test(triangle)
    assert found.statistic < found.low
    assert not found.passed
    assert calendar_year_test(conversions(1)).passed


def test_one_calendar_period_that_slows_every_cohort_is_found() -> None:
    calendar = np.add.outer(np.arange(16), np.arange(8))
    found = calendar_periods(conversions(1, speed=np.where(calendar == 12, 0.2, 1)))
    # The first period is the one in which the oldest cohort reaches its second age.
    assert min(found, key=lambda period: period.p_value) is found[11]
    assert found[11].fast == 0
    assert found[11].p_value == pytest.approx(2 * 0.5 ** found[11].slow)


def test_cohorts_that_develop_alike_pass_as_often_as_the_level_says() -> None:
    seeds = range(300)
    calendar = [calendar_year_test(conversions(seed)).passed for seed in seeds]
    assert 0.92 < np.mean(calendar) < 0.99
    # At the last ages most cohorts have finished growing: equal factors must not look correlated.
    development = [development_correlation_test(conversions(seed, leads=40)) for seed in seeds]
    assert 0.4 < np.mean([each.passed for each in development]) < 0.62
    assert np.mean([each.statistic for each in development]) == pytest.approx(0, abs=0.05)


def test_fast_growth_that_is_only_early_growth_fails() -> None:
    speed = np.ones((16, 8))
    early = np.random.default_rng(1).uniform(0.2, 1.8, size=16)
    speed[:, 1], speed[:, 2] = early, (2 - early)
    found = development_correlation_test(conversions(2, speed=speed))
    assert found.statistic < found.low
    assert not found.passed


def test_the_correlation_is_that_of_the_pairs_that_are_there() -> None:
    # Early values of old cohorts are unknown where the source begins later than they do.
    triangle = conversions(3, cohorts=9, ages=4)
    triangle[:2, 0] = np.nan
    factors = triangle[:, 1:] / triangle[:, :-1]
    total, weight = 0.0, 0
    for age in (1, 2):
        pair = factors[:, age - 1 : age + 1]
        pair = pair[~np.isnan(pair).any(axis=1)]
        total += (len(pair) - 1) * spearmanr(pair).statistic
        weight += len(pair) - 1
    found = development_correlation_test(triangle)
    assert found.statistic == pytest.approx(total / weight)
    assert found.high == pytest.approx(norm.ppf(0.75) / np.sqrt(weight))


def test_growth_from_nothing_is_left_out() -> None:
    triangle = conversions(4, cohorts=8, ages=4)
    without = triangle.copy()
    triangle[0, 0], without[0, 0] = 0, np.nan
    assert calendar_periods(triangle) == calendar_periods(without)
    assert development_correlation_test(triangle) == development_correlation_test(without)


def test_more_ages_than_cohorts_have_as_many_calendar_periods_as_were_observed() -> None:
    whole = np.cumsum(np.random.default_rng(5).uniform(1, 2, size=(3, 9)), axis=1)
    periods = calendar_periods(whole)
    assert [period.slow + period.fast for period in periods].count(0) < len(periods) == 10
    assert sum(period.slow for period in periods) == 8


@pytest.mark.parametrize(
    "small",
    [
        np.full((5, 4), np.nan),
        np.array([[1.0, 2, 3], [1, 2, np.nan], [1, np.nan, np.nan]]),
        np.array([[4.0, 4, 4], [7, 7, 7], [8, 8, 8]]),
        np.array([[1.0], [2.0]]),
    ],
)
def test_a_triangle_that_is_too_small_says_so(small: Triangle) -> None:
    with pytest.raises(SmallTriangleError, match="calendar period"):
        calendar_year_test(small)
    with pytest.raises(SmallTriangleError, match="two cohorts"):
        development_correlation_test(small)


@pytest.mark.parametrize("bad", [np.array([1.0, 2.0]), np.array([[1.0, -2.0]])])
def test_what_is_no_triangle_is_refused(bad: Triangle) -> None:
    with pytest.raises(ValueError, match="triangle"):
        calendar_periods(bad)
