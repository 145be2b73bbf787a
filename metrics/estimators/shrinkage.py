"""Shrinkage: rates of segments that lend each other strength, with all that is unsure about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, gammaln

POINTS = 60
WIDEST_LOGIT = 16.0
LARGEST_CONCENTRATION = 1e6
NEGLIGIBLE = 1e-6
"""The mass beyond each end of an axis that the grid leaves out."""


@dataclass(frozen=True, slots=True, eq=False)
class PosteriorGrid:
    """What the segments say of the population they come from: rates ~ Beta(μκ, (1 − μ)κ).

    `weight` [μ, κ] adds up to 1 over the grid of `mean` (μ) and `concentration` (κ: as many
    records as the population is worth to a segment).
    """

    mean: NDArray[np.float64]
    concentration: NDArray[np.float64]
    weight: NDArray[np.float64]

    @property
    def expected_alpha(self) -> float:
        """The posterior mean of α = μκ."""
        return float(self.mean @ self.weight @ self.concentration)

    @property
    def expected_beta(self) -> float:
        """The posterior mean of β = (1 − μ)κ."""
        return float((1 - self.mean) @ self.weight @ self.concentration)

    def draw(
        self, draws: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Draws of α and β, together."""
        cell = rng.choice(self.weight.size, size=draws, p=self.weight.ravel())
        mean, concentration = np.divmod(cell, len(self.concentration))
        kappa = self.concentration[concentration]
        return self.mean[mean] * kappa, (1 - self.mean[mean]) * kappa


def posterior_grid(successes: ArrayLike, trials: ArrayLike) -> PosteriorGrid:
    """Around which mean, and how closely, do the rates of these segments lie?

    One number of each per segment; fractions are allowed, for exposure weighted by maturity.
    With x of n: p(α, β | x) ∝ (α + β)^(−5/2) · Π B(α + x, β + n − x) ÷ B(α, β), on 60 × 60 points
    of logit μ and log κ. The prior is a density of (α, β): of (μ, κ) it is κ^(−3/2), of the two
    axes μ(1 − μ) · κ^(−1/2). κ lies between 1 and a million, so that one segment, and none or all
    succeeding, give a proper posterior too. The grid narrows to where the mass is.

    Raises ValueError without segments, and where successes are negative or exceed the trials.
    Source: Gelman et al., Bayesian Data Analysis (2013), section 5.3.

    >>> grid = posterior_grid([2, 4, 3], [20, 30, 25])
    >>> round(float(grid.mean @ grid.weight.sum(axis=1)), 2)
    0.16
    """
    x, n = _checked(successes, trials)
    logit = np.linspace(-WIDEST_LOGIT, WIDEST_LOGIT, POINTS)
    log_kappa = np.linspace(0, np.log(LARGEST_CONCENTRATION), POINTS)
    while True:
        weight = _weight(x, n, logit, log_kappa)
        narrower = (_held(logit, weight.sum(axis=1)), _held(log_kappa, weight.sum(axis=0)))
        if all(
            new[-1] - new[0] > 0.7 * (old[-1] - old[0])
            for new, old in zip(narrower, (logit, log_kappa), strict=True)
        ):
            return PosteriorGrid(expit(logit), np.exp(log_kappa), weight)
        logit, log_kappa = narrower


def draw_rates(
    successes: ArrayLike, trials: ArrayLike, draws: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """What may the true rate of each segment be? [draws, segments], joint over the segments.

    Each draw takes one population off the grid, then each segment's rate from
    Beta(α + x, β + n − x). A segment without trials is a draw from the population.

    >>> rates = draw_rates([0, 9], [4, 90], 5000, np.random.default_rng(1))
    >>> rates.shape, bool(rates[:, 0].mean() > 0)
    ((5000, 2), True)
    """
    x, n = _checked(successes, trials)
    alpha, beta = posterior_grid(x, n).draw(draws, rng)
    return rng.beta(alpha[:, None] + x, beta[:, None] + (n - x))


def _checked(
    successes: ArrayLike, trials: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    if x.shape != n.shape or x.ndim != 1 or not x.size:
        raise ValueError("one number of successes and of trials per segment, and one segment")
    if not ((x >= 0) & (x <= n) & np.isfinite(n)).all():
        raise ValueError("successes lie between 0 and the trials")
    return x, n


def _weight(
    x: NDArray[np.float64],
    n: NDArray[np.float64],
    logit: NDArray[np.float64],
    log_kappa: NDArray[np.float64],
) -> NDArray[np.float64]:
    """The posterior on the grid, [logit, log_kappa], adding up to 1."""
    kappa = np.exp(log_kappa)
    alpha, beta = expit(logit)[:, None] * kappa, expit(-logit)[:, None] * kappa
    log_density = np.log(expit(logit) * expit(-logit))[:, None] - log_kappa / 2
    # The logarithm of B(α + x, β + n − x) ÷ B(α, β), in the fewest gamma functions.
    log_density = log_density + len(x) * (gammaln(kappa) - gammaln(alpha) - gammaln(beta))
    for success, trial in zip(x, n, strict=True):
        log_density += gammaln(alpha + success) + gammaln(beta + trial - success)
        log_density -= gammaln(kappa + trial)
    weight: NDArray[np.float64] = np.exp(log_density - log_density.max())
    for edge in (weight[0], weight[-1], weight[:, 0], weight[:, -1]):
        edge /= 2  # the trapezoid rule, since the prior may end at a height
    weight /= weight.sum()
    return weight


def _held(axis: NDArray[np.float64], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """The axis anew over the part with mass, and a step further to either side within it."""
    within = np.flatnonzero((mass.cumsum() > NEGLIGIBLE) & (mass[::-1].cumsum()[::-1] > NEGLIGIBLE))
    first, last = max(within[0] - 1, 0), min(within[-1] + 1, len(axis) - 1)
    return np.linspace(axis[first], axis[last], len(axis))
