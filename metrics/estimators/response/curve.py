"""Response curve: what steady spend brings, with saturation and carryover, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit, logit

from metrics.estimators.response.panel import Floats, Hill, Panel, adstock

SLOPE_SD = 1.0
"""Prior standard deviation of the logarithm of a slope."""
_PRIOR_MEAN = np.array([np.log(0.3), np.log(0.5), 0.0, logit(0.3)])
_PRIOR_SD = np.array([1.5, 1.0, SLOPE_SD, 1.0])
_STARTS = np.array([[0.0, 0, 0, 0], [-0.7, 0.7, 0.7, 0], [0.7, 0.7, -0.7, 0.7]])
"""Where the search begins, in prior standard deviations."""
_ROUNDS = 5


@dataclass(frozen=True, eq=False)
class CurveFit:
    """Curves of all channels of a unit: the most probable ones, and draws of what they may be."""

    mode: Hill
    draws: Hill
    """[draws, channels]"""
    slope_sd: Floats
    """Posterior standard deviation of the logarithm of each slope, to be held against SLOPE_SD."""
    residual_sd: float


def fit_curves(panel: Panel, generator: np.random.Generator, draws: int = 1000) -> CurveFit:
    """What does spend on each channel bring, as curves that saturate and carry over?

    The outcome of a unit and period is level + controls + Σ_c f_c(adstock(spend)) + normal noise.
    The mode of the posterior, with draws from the normal around it (Laplace), whose precision is
    that of Gauss and Newton. Priors are log-normal: β about 0.3 of the mean outcome (σ = 1.5), κ
    about half of the largest spend (σ = 1), s about 1 (σ = 1); carryover is logit-normal about 0.3
    (σ = 1). Levels and controls have a flat prior. Show nothing of it unless it passes the gate
    (`gate`). Equal generators give equal draws.

    Raises ValueError for fewer observations than parameters, and for a channel without spend.
    Source: Jin, Wang, Sun, Chan and Koehler (2017), of which one form is taken; Laplace's method.

    >>> generator = np.random.default_rng(1)
    >>> spend = generator.uniform(20, 200, (1, 8, 60))
    >>> came = 30 + 50 * spend[0] / (80 + spend[0]) + generator.standard_normal((8, 60))
    >>> found = fit_curves(Panel(("Search",), came, spend, np.empty((0, 8, 60))), generator)
    >>> found.mode.marginal(np.array([80.0])).round(1)
    array([0.2])
    """
    if panel.observations <= panel.parameters:
        raise ValueError(f"{panel.parameters} parameters of {panel.observations} observations")
    largest = panel.spend.max(axis=(1, 2))
    if (largest == 0).any():
        raise ValueError("a channel without spend has no curve")
    model = _Model(panel, largest)
    best, residual_sd = min(
        (model.search(start) for start in _STARTS), key=lambda found: model.loss(*found)
    )
    jacobian = model.jacobian(best, residual_sd)
    covariance = np.linalg.inv(jacobian.T @ jacobian)
    drawn = generator.multivariate_normal(best, covariance, draws, method="cholesky")
    slopes = np.arange(len(largest)) * 4 + 2
    return CurveFit(
        mode=model.curves(best),
        draws=model.curves(drawn),
        slope_sd=np.sqrt(np.diag(covariance)[slopes]),
        residual_sd=residual_sd,
    )


class _Model:
    """The panel with levels and controls taken out, and the curves as a vector of free numbers."""

    def __init__(self, panel: Panel, largest: Floats) -> None:
        self.panel = panel
        self.largest = largest
        self.height = max(float(abs(panel.outcome).mean()), np.finfo(np.float64).tiny)
        self.outcome = panel.within(panel.outcome)
        self.freedom = panel.observations - panel.parameters

    def curves(self, free: Floats) -> Hill:
        """[..., 4 · channels] as curves."""
        each = free.reshape(*free.shape[:-1], len(self.largest), 4)
        return Hill(
            self.height * np.exp(each[..., 0]),
            self.largest * np.exp(each[..., 1]),
            np.exp(each[..., 2]),
            expit(each[..., 3]),
        )

    def errors(self, free: Floats) -> Floats:
        """What the curves leave of the outcome, per observation."""
        return self.outcome - self.panel.within(expected(self.panel, self.curves(free)))

    def scores(self, free: Floats, residual_sd: float) -> Floats:
        """Errors and distances from the prior, in standard deviations."""
        prior = (free.reshape(-1, 4) - _PRIOR_MEAN) / _PRIOR_SD
        return np.concatenate((self.errors(free) / residual_sd, prior.ravel()))

    def loss(self, free: Floats, residual_sd: float) -> float:
        """Twice the negative logarithm of the posterior, but for a constant."""
        spread = 2 * self.freedom * np.log(residual_sd)
        return float((self.scores(free, residual_sd) ** 2).sum() + spread)

    def search(self, start: Floats) -> tuple[Floats, float]:
        """The mode from one start, and the standard deviation of the noise there."""
        free = np.tile(_PRIOR_MEAN + start * _PRIOR_SD, len(self.largest))
        smallest = 1e-9 * self.height
        residual_sd = max(float(self.outcome.std()), smallest)
        for _ in range(_ROUNDS):
            free = least_squares(self.scores, free, args=(residual_sd,), method="lm").x
            before = residual_sd
            errors = self.errors(free)
            residual_sd = max(float(np.sqrt(errors @ errors / self.freedom)), smallest)
            if abs(residual_sd / before - 1) < 1e-3:
                break
        return free, residual_sd

    def jacobian(self, free: Floats, residual_sd: float) -> Floats:
        """How each score moves with each free number, by central differences."""
        steps = 1e-4 * np.eye(len(free))
        return np.column_stack(
            [
                (self.scores(free + step, residual_sd) - self.scores(free - step, residual_sd))
                / 2e-4
                for step in steps
            ]
        )


def expected(panel: Panel, curves: Hill) -> Floats:
    """What the curves of all channels bring together, [units, periods]."""
    found = np.zeros_like(panel.outcome)
    for channel, spend in enumerate(panel.spend):
        working = adstock(spend, float(curves.carryover[channel]))
        with np.errstate(divide="ignore", over="ignore"):
            ratio = (curves.kappa[channel] / working) ** curves.slope[channel]
        found += curves.beta[channel] / (1 + ratio)
    return found
