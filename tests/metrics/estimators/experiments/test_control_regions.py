"""Regions read against control regions: the t posterior of the sum, and when nothing is said."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from statsmodels.api import OLS, add_constant

from metrics.estimators.experiments.control_regions import (
    FEWEST_WEEKS,
    Problem,
    RegionEffect,
    read_regions,
)

Floats = NDArray[np.float64]


def weeks(
    seed: int, before: int = 26, during: int = 8, effect: float = 0.0, noise: float = 4.0
) -> tuple[Floats, Floats]:
    """Test and control regions that share what happens to the market."""
    generator = np.random.default_rng(seed)
    control = 100 + 10 * generator.standard_normal(before + during)
    outcome = 20 + 0.8 * control + noise * generator.standard_normal(before + during)
    outcome[before:] += effect
    return outcome, control


def effect_of(outcome: Floats, control: Floats, before: int, level: float = 0.95) -> RegionEffect:
    reading = read_regions(outcome, control, before, spend=500.0, level=level)
    assert reading.problems == ()
    assert reading.effect is not None
    return reading.effect


def test_the_sum_has_the_posterior_of_the_regression_of_statsmodels() -> None:
    outcome, control = weeks(seed=1, effect=3.0)
    found = effect_of(outcome, control, 26, level=0.9)
    fitted = OLS(outcome[:26], add_constant(control[:26])).fit()
    for week in range(8):
        during = control[26 : 27 + week]
        contrast = np.array([len(during), during.sum()])
        expected = (outcome[26 : 27 + week].sum()) - contrast @ fitted.params
        variance = contrast @ fitted.cov_params() @ contrast + len(during) * fitted.scale
        half = 1.7108820799094275 * np.sqrt(variance)  # t of 24 degrees of freedom, 95%
        assert found.cumulative[week] == pytest.approx(expected)
        assert found.cumulative_low[week] == pytest.approx(expected - half)
        assert found.cumulative_high[week] == pytest.approx(expected + half)
    assert found.total.value == found.cumulative[-1]
    assert found.per_spend.low == pytest.approx(found.total.low / 500)


def test_the_posterior_is_that_of_drawn_lines_and_weeks() -> None:
    outcome, control = weeks(seed=2, before=14, during=5, effect=2.0)
    found = effect_of(outcome, control, 14)
    fitted = OLS(outcome[:14], add_constant(control[:14])).fit()
    generator = np.random.default_rng(5)
    variances = fitted.ssr / generator.chisquare(12, 40_000)
    root = np.linalg.cholesky(fitted.normalized_cov_params)
    lines = fitted.params + np.sqrt(variances)[:, None] * (
        generator.standard_normal((40_000, 2)) @ root.T
    )
    noise = np.sqrt(variances)[:, None] * generator.standard_normal((40_000, 5))
    drawn = (outcome[14:] - lines[:, :1] - lines[:, 1:] * control[14:] - noise).sum(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (found.total.low, found.total.high) == pytest.approx((low, high), abs=0.6)
    assert found.probability_above_zero == pytest.approx((drawn > 0).mean(), abs=0.01)


def test_intervals_cover_and_sound_pretests_are_seldom_called_out() -> None:
    readings = [read_regions(*weeks(seed, effect=2.0), 26, spend=1.0) for seed in range(600)]
    effects = [each.effect.total for each in readings if each.effect is not None]
    assert len(effects) >= 0.95 * len(readings)
    covered = np.mean([each.low <= 16 <= each.high for each in effects])
    assert covered == pytest.approx(0.95, abs=0.02)


def test_few_weeks_before_the_test_are_refused() -> None:
    outcome, control = weeks(seed=3, before=FEWEST_WEEKS, during=8)
    assert read_regions(outcome, control, FEWEST_WEEKS, spend=1.0).effect is not None
    for before in (0, 2, FEWEST_WEEKS - 1):
        short = read_regions(outcome, control, before, spend=1.0)
        assert short.problems == (Problem.FEW_WEEKS,)
        assert short.effect is None
    long_test = weeks(seed=3, before=14, during=15)
    assert read_regions(*long_test, 14, spend=1.0).problems == (Problem.FEW_WEEKS,)


def test_control_regions_that_do_not_move_with_the_test_regions_are_refused() -> None:
    outcome, control = weeks(seed=4, noise=12.0)
    assert read_regions(outcome, control, 26, spend=1.0).problems == (Problem.UNRELATED,)
    outcome, control = weeks(seed=4)
    against = read_regions(-outcome, control, 26, spend=1.0)
    assert against.problems == (Problem.UNRELATED,)
    flat = read_regions(outcome, np.full(len(outcome), 7.0), 26, spend=1.0)
    assert flat.problems == (Problem.UNRELATED,)
    assert flat.effect is None


def test_a_relation_that_changed_before_the_test_is_refused() -> None:
    outcome, control = weeks(seed=5)
    outcome[13:] += 7
    assert Problem.BROKEN in read_regions(outcome, control, 26, spend=1.0).problems


def test_residuals_that_go_on_are_refused() -> None:
    outcome, control = weeks(seed=6, before=52, noise=0.5)
    outcome += 4 * np.sin(np.arange(60) / 4)
    assert read_regions(outcome, control, 52, spend=1.0).problems == (Problem.PERSISTENT,)


def test_a_market_as_it_never_was_before_is_refused() -> None:
    outcome, control = weeks(seed=7)
    control[26:] += 60
    assert read_regions(outcome, control, 26, spend=1.0).problems == (Problem.OUTSIDE,)


def test_the_unit_of_the_control_does_not_matter_and_that_of_the_outcome_scales() -> None:
    outcome, control = weeks(seed=8, effect=3.0)
    plain = effect_of(outcome, control, 26).total
    scaled = effect_of(100 * outcome, 7 * control - 30, 26).total
    assert (scaled.low, scaled.value, scaled.high) == pytest.approx(
        (100 * plain.low, 100 * plain.value, 100 * plain.high)
    )


def test_series_that_cannot_be_read_are_errors() -> None:
    outcome, control = weeks(seed=9)
    with pytest.raises(ValueError, match="per week"):
        read_regions(outcome[:-1], control, 26, spend=1.0)
    with pytest.raises(ValueError, match="leave no test"):
        read_regions(outcome, control, 34, spend=1.0)
    outcome[3] = np.nan
    with pytest.raises(ValueError, match="without a number"):
        read_regions(outcome, control, 26, spend=1.0)
