"""Response curves: their form, that planted ones are found again, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from metrics.estimators.response.curve import SLOPE_SD, expected, fit_curves
from metrics.estimators.response.panel import Hill, Panel, adstock
from tests.metrics.estimators.response.planted import TRUTH, panel


def random() -> np.random.Generator:
    return np.random.default_rng(31)


def test_adstock_is_the_weighted_sum_of_what_was_spent() -> None:
    spend = random().uniform(0, 100, 60)
    found = adstock(spend, 0.6)
    before = np.concatenate((np.full(400, spend[0]), spend))
    weights = 0.4 * 0.6 ** np.arange(400)
    expected_last = [weights @ before[400 + t - np.arange(400)] for t in range(60)]
    assert found == pytest.approx(np.array(expected_last))
    assert adstock(spend, 0.0) == pytest.approx(spend)
    assert adstock(np.full(9, 7.0), 0.9) == pytest.approx(np.full(9, 7.0))


def test_the_curve_has_its_half_its_ceiling_and_its_slope() -> None:
    assert TRUTH.response(TRUTH.kappa) == pytest.approx(TRUTH.beta / 2)
    assert TRUTH.response(np.full(3, 1e12)) == pytest.approx(TRUTH.beta)
    assert TRUTH.response(np.zeros(3)).tolist() == [0, 0, 0]
    spend = np.array([30.0, 90.0, 200.0])
    rise = (TRUTH.response(spend + 1e-4) - TRUTH.response(spend - 1e-4)) / 2e-4
    assert TRUTH.marginal(spend) == pytest.approx(rise, rel=1e-6)


def test_planted_curves_are_found_again() -> None:
    found = fit_curves(panel(seed=1), random())
    spend = np.array([[40.0, 30, 20], [100, 60, 40], [200, 120, 80]])
    assert found.mode.marginal(spend) == pytest.approx(TRUTH.marginal(spend), rel=0.25)
    assert found.mode.carryover == pytest.approx(TRUTH.carryover, abs=0.05)
    assert found.residual_sd == pytest.approx(1, rel=0.05)
    rise = found.mode.response(spend[2]) - found.mode.response(spend[0])
    assert rise == pytest.approx(TRUTH.response(spend[2]) - TRUTH.response(spend[0]), rel=0.1)


def test_draws_cover_the_marginal_response_of_planted_curves() -> None:
    spend, covered = np.array([[100.0], [200.0]]), []
    for seed in range(24):
        drawn = fit_curves(panel(seed, units=6, periods=60, channels=1, noise=3.0), random()).draws
        low, high = np.quantile(drawn.marginal(spend[..., None]), [0.1, 0.9], axis=1)
        true = Hill(*(each[:1] for each in (TRUTH.beta, TRUTH.kappa, TRUTH.slope, TRUTH.carryover)))
        covered += ((low <= true.marginal(spend)) & (true.marginal(spend) <= high)).ravel().tolist()
    assert 0.7 <= np.mean(covered) <= 0.97


def test_the_mode_is_that_of_the_posterior_written_out() -> None:
    data = panel(seed=3, units=2, periods=40, channels=1, noise=2.0)
    found = fit_curves(data, random())
    design = np.column_stack((np.repeat(np.eye(2), 40, axis=0), data.controls.reshape(1, -1).T))
    mean, largest = data.outcome.mean(), data.spend.max()

    def posterior(free: list[float]) -> float:
        beta, kappa, slope = mean * np.exp(free[0]), largest * np.exp(free[1]), np.exp(free[2])
        working = adstock(data.spend[0], 1 / (1 + np.exp(-free[3])))
        left = data.outcome - beta * working**slope / (kappa**slope + working**slope)
        left = left.ravel() - design @ np.linalg.lstsq(design, left.ravel(), rcond=None)[0]
        prior = ((free[0] - np.log(0.3)) / 1.5) ** 2 + (free[1] - np.log(0.5)) ** 2
        prior += (free[2] / SLOPE_SD) ** 2 + (free[3] - np.log(0.3 / 0.7)) ** 2
        return float(left @ left / found.residual_sd**2 + prior)

    best = minimize(
        posterior, [0.0, 0.0, 0.0, 0.0], method="Nelder-Mead", options={"maxiter": 4000}
    )
    mode = found.mode
    at = [np.log(mode.beta / mean), np.log(mode.kappa / largest), np.log(mode.slope)]
    at.append(np.log(mode.carryover / (1 - mode.carryover)))
    assert posterior([float(each[0]) for each in at]) == pytest.approx(best.fun, abs=1e-3)


def test_without_any_effect_the_slope_stays_unknown_and_the_response_small() -> None:
    quiet = panel(seed=4, channels=1)
    noise = random().standard_normal(quiet.outcome.shape)
    found = fit_curves(Panel(quiet.channels, 50 + noise, quiet.spend, quiet.controls), random())
    assert found.slope_sd[0] > 0.55 * SLOPE_SD
    assert found.mode.response(np.array([100.0]))[0] < 1


def test_the_units_of_outcome_and_spend_do_not_matter() -> None:
    data = panel(seed=5, units=4, periods=60, channels=1)
    plain = fit_curves(data, random())
    scaled = Panel(data.channels, 1000 * data.outcome, 0.01 * data.spend, data.controls)
    found = fit_curves(scaled, random())
    assert found.mode.beta == pytest.approx(1000 * plain.mode.beta, rel=1e-3)
    assert found.mode.kappa == pytest.approx(0.01 * plain.mode.kappa, rel=1e-3)
    assert found.slope_sd == pytest.approx(plain.slope_sd, rel=1e-3)


def test_levels_of_regions_and_controls_change_nothing() -> None:
    data = panel(seed=6, units=4, periods=60, channels=1)
    moved = data.outcome + np.array([[5.0], [-30], [80], [0]]) + 40 * data.controls[0]
    plain, found = (
        fit_curves(Panel(data.channels, each, data.spend, data.controls), random())
        for each in (data.outcome - data.outcome.mean() + 60, moved - moved.mean() + 60)
    )
    assert expected(data, found.mode) == pytest.approx(expected(data, plain.mode), rel=0.02)


def test_what_is_no_panel_is_an_error() -> None:
    came, spend, none = np.ones((2, 9)), np.ones((1, 2, 9)), np.empty((0, 2, 9))
    with pytest.raises(ValueError, match="one spend per channel"):
        Panel(("a", "b"), came, spend, none)
    with pytest.raises(ValueError, match="each control"):
        Panel(("a",), came, spend, np.empty((0, 2, 8)))
    with pytest.raises(ValueError, match="missing"):
        Panel(("a",), came * np.nan, spend, none)
    with pytest.raises(ValueError, match="negative"):
        Panel(("a",), came, -spend, none)
    with pytest.raises(ValueError, match="without spend"):
        fit_curves(Panel(("a",), came, 0 * spend, none), random())
    with pytest.raises(ValueError, match="7 parameters of 4"):
        fit_curves(Panel(("a",), came[:, :2], spend[..., :2], none[..., :2]), random())
