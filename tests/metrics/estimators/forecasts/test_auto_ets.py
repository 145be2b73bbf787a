"""AutoETS against statsmodels, and on series whose continuation anybody can see."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from metrics.estimators.forecasts.auto_ets import Floats, Trend, auto_ets, fit_form


def wavering(seed: int, months: int = 48) -> Floats:
    """A level, a slope, a season and chance."""
    random = np.random.default_rng(seed)
    month = np.arange(months)
    season = 30 * np.sin(month * np.pi / 6)
    series: Floats = 200 + 1.5 * month + season + random.normal(0, 12, months)
    return series


@pytest.mark.parametrize("is_seasonal", [False, True])
@pytest.mark.parametrize("trend", list(Trend))
def test_a_form_fits_as_well_as_with_statsmodels(trend: Trend, is_seasonal: bool) -> None:
    """A grid cannot beat an optimum, and falls short of it by little."""
    series = wavering(1)
    ours = fit_form(series, trend, 12 if is_seasonal else None, horizon=3)
    assert ours is not None
    theirs = ETSModel(
        series,
        trend=None if trend is Trend.NONE else "add",
        damped_trend=trend is Trend.DAMPED,
        seasonal="add" if is_seasonal else None,
        seasonal_periods=12 if is_seasonal else None,
    ).fit(disp=False)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1.5)
    assert ours.forecast == pytest.approx(theirs.forecast(3), rel=0.05)
    # statsmodels counts a seasonal state more, which the sum of zero takes away
    if not is_seasonal:
        penalty = theirs.aicc + 2 * theirs.llf
        assert ours.aicc + 2 * ours.log_likelihood == pytest.approx(penalty)


def test_the_likelihood_of_given_parameters_is_that_of_statsmodels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With one point on the grid the initial states are the only ones to be found."""
    series = wavering(2)
    monkeypatch.setattr("metrics.estimators.forecasts.auto_ets.LEVEL_GAINS", np.array([0.3]))
    monkeypatch.setattr("metrics.estimators.forecasts.auto_ets.TREND_SHARES", np.array([0.2]))
    monkeypatch.setattr("metrics.estimators.forecasts.auto_ets.SEASON_SHARES", np.array([0.1]))
    ours = fit_form(series, Trend.ADDITIVE, 12, horizon=24)
    model = ETSModel(series, trend="add", seasonal="add", seasonal_periods=12)
    fixed = {"smoothing_level": 0.3, "smoothing_trend": 0.06, "smoothing_seasonal": 0.07}
    with model.fix_params(fixed):
        theirs = model.fit(disp=False, maxiter=5_000)
    assert ours is not None
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=0.01)
    assert ours.forecast == pytest.approx(theirs.forecast(24), rel=0.01)


def test_a_season_is_found_and_goes_on() -> None:
    series = np.tile([10.0, 20, 60, 10, 20, 60, 10, 20, 60, 10, 20, 90], 3)
    series += np.random.default_rng(3).normal(0, 1, 36)
    found = auto_ets(series, horizon=12)
    assert found.is_seasonal
    assert found.forecast == pytest.approx(series[:12], abs=4)


def test_a_slope_is_found_and_goes_on() -> None:
    series = 100 + 10 * np.arange(20.0) + np.random.default_rng(4).normal(0, 1, 20)
    found = auto_ets(series, horizon=2)
    assert found.trend is not Trend.NONE
    assert found.forecast == pytest.approx([300, 310], rel=0.02)


def test_chance_around_a_level_gets_no_more_than_a_level() -> None:
    series = 100 + np.random.default_rng(5).normal(0, 10, 36)
    found = auto_ets(series, horizon=3)
    assert (found.trend, found.is_seasonal) == (Trend.NONE, False)
    assert found.forecast == pytest.approx(np.full(3, series.mean()), rel=0.05)


def test_a_constant_goes_on_and_too_few_values_are_refused() -> None:
    assert auto_ets(np.full(12, 7.0), horizon=2).forecast == pytest.approx([7, 7])
    with pytest.raises(ValueError, match="5 values are too few"):
        auto_ets(np.arange(5.0), horizon=1)
