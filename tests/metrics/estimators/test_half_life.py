"""The half-life against another fit of the same likelihood, and where it is known."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from metrics.estimators.half_life import half_life


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_fit_is_that_of_a_generalised_linear_model(seed: int) -> None:
    rng = np.random.default_rng(seed)
    week = np.arange(30)
    counts = rng.poisson(40 * np.exp(-0.08 * week))
    fitted = sm.GLM(counts, sm.add_constant(-week), family=sm.families.Poisson()).fit(scale="X2")
    found = half_life(counts)
    assert found.decline == pytest.approx(fitted.params[1], rel=1e-6)
    assert found.weeks == pytest.approx(np.log(2) / fitted.params[1], rel=1e-6)
    wider = max(1.0, 1 / np.sqrt(fitted.scale))
    assert found.error == pytest.approx(fitted.bse[1] * wider, rel=1e-4)


def test_its_interval_covers_the_half_life_that_was_planted() -> None:
    rng = np.random.default_rng(4)
    truth = np.log(2) / 0.1
    found = [half_life(rng.poisson(30 * np.exp(-0.1 * np.arange(26)))) for _ in range(200)]
    assert 0.9 <= np.mean([each.low <= truth <= each.high for each in found]) <= 0.99


def test_what_does_not_fade_has_none() -> None:
    grows, even = half_life(range(1, 20)), half_life([7, 6, 8] * 8)
    assert np.isnan(grows.weeks)
    assert grows.high == even.high == np.inf


@pytest.mark.parametrize("counts", [[4] + [0] * 20, [50, 30, 10, 5, 1], [0] * 20, [30] + [0] * 9])
def test_too_little_tells_nothing(counts: list[int]) -> None:
    assert np.isnan(half_life(counts).weeks)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="a count is negative"):
        half_life([1, -1, 2, 3, 4, 5])
