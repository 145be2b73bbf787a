"""AutoETS: exponential smoothing with additive errors, its form chosen by AICc.

Each form is fitted over a small grid of smoothing parameters at once. For given parameters the
errors are linear in the initial states, so these are exactly those of least squares; hence a fit is
one pass over the series and one QR for each point of the grid, and takes milliseconds. Hyndman,
Koehler, Ord, Snyder: Forecasting with Exponential Smoothing, 2008, chapters 3, 5 and 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FEWEST_VALUES = 6
"""No form has so few parameters that AICc could be had of less."""


class Trend(Enum):
    """The trend of a form, by the damping that is tried."""

    NONE = ()
    ADDITIVE = (1.0,)
    DAMPED = (0.8, 0.9, 0.98)


LEVEL_GAINS = np.array([0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9])
"""Values of α that are tried."""

TREND_SHARES = np.array([0.05, 0.2, 0.5])
"""Values of β ÷ α that are tried."""

SEASON_SHARES = np.array([0.01, 0.1, 0.3])
"""Values of γ ÷ (1 − α) that are tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The best fit of one form: AICc, log likelihood, and the means of the values to come."""

    trend: Trend
    is_seasonal: bool
    aicc: float
    log_likelihood: float
    forecast: Floats


def auto_ets(series: Floats, horizon: int, period: int = 12) -> Fit:
    """Which form has the least AICc, and what does it say of the next `horizon` values?

    Forms with a season need two whole periods. Raises ValueError for fewer than six values.

    >>> auto_ets(np.array([5.0, 7.0, 5.0, 7.0, 5.0, 7.0, 5.0, 7.0]), horizon=2).forecast.round(1)
    array([6., 6.])
    """
    if len(series) < FEWEST_VALUES:
        raise ValueError(f"{len(series)} values are too few for exponential smoothing")
    seasons = (False, True) if len(series) >= 2 * period else (False,)
    fits = [
        fit
        for trend in Trend
        for is_seasonal in seasons
        if (fit := fit_form(series, trend, period if is_seasonal else None, horizon)) is not None
    ]
    return min(fits, key=lambda fit: fit.aicc)


def fit_form(series: Floats, trend: Trend, period: int | None, horizon: int) -> Fit | None:
    """The best fit of a form on the grid; None where it has too many parameters for AICc.

    `period` None means no season. The parameters are those of the form, its initial states and the
    variance; the seasonal states sum to zero.

    >>> found = fit_form(np.arange(1.0, 9.0), Trend.ADDITIVE, None, horizon=2)
    >>> found.forecast.round(3) if found else "too many parameters"
    array([ 9., 10.])
    """
    alpha, beta, phi, gamma = _grid(trend, is_seasonal=period is not None)
    smoothing = 1 + {Trend.NONE: 0, Trend.ADDITIVE: 1, Trend.DAMPED: 2}[trend]
    has_trend, seasons = trend is not Trend.NONE, period or 1
    states = 1 + has_trend + (seasons - 1)
    count, n = smoothing + (period is not None) + states + 1, len(series)
    if n - count - 1 < 1:
        return None

    # Column 0 is what the series makes of a state, the others what each initial state does.
    level = np.zeros((len(alpha), 1 + states))
    slope, season = np.zeros_like(level), np.zeros((seasons, *level.shape))
    level[:, 1] = 1
    if has_trend:
        slope[:, 2] = 1
    for number in range(seasons - 1):
        season[number, :, states - number] = 1
        season[seasons - 1, :, states - number] = -1
    errors = np.empty((n, *level.shape))
    for time, value in enumerate(series):
        ahead = level + phi * slope
        error = -(ahead + season[time % seasons])
        error[:, 0] += value
        level, slope = ahead + alpha * error, phi * slope + beta * error
        season[time % seasons] += gamma * error
        errors[time] = error

    own, of_states = errors[:, :, 0].T[:, :, None], errors[:, :, 1:].transpose(1, 0, 2)
    q, r = np.linalg.qr(of_states)
    explained = q.transpose(0, 2, 1) @ own
    squares = (own**2).sum(axis=(1, 2)) - (explained**2).sum(axis=(1, 2))
    squares = np.maximum(squares, 1e-12 * (1 + (series**2).sum()))
    best = int(squares.argmin())
    initial = np.concatenate([[1.0], -np.linalg.solve(r[best], explained[best])[:, 0]])

    steps = np.arange(1, horizon + 1)
    damping = np.cumsum(phi[best, 0] ** steps)
    to_come = season[(n + steps - 1) % seasons, best] @ initial
    log_likelihood = -0.5 * n * (np.log(2 * np.pi * squares[best] / n) + 1)
    return Fit(
        trend,
        period is not None,
        aicc=float(-2 * log_likelihood + 2 * count + 2 * count * (count + 1) / (n - count - 1)),
        log_likelihood=float(log_likelihood),
        forecast=level[best] @ initial + damping * (slope[best] @ initial) + to_come,
    )


def _grid(trend: Trend, *, is_seasonal: bool) -> tuple[Floats, Floats, Floats, Floats]:
    """All α, β, φ and γ that are tried together, as columns; what a form has not is 0."""
    without = np.zeros(1)
    alpha, beta, phi, gamma = np.meshgrid(
        LEVEL_GAINS,
        without if trend is Trend.NONE else TREND_SHARES,
        np.array(trend.value) if trend.value else without,
        SEASON_SHARES if is_seasonal else without,
        indexing="ij",
    )
    columns = [each.reshape(-1, 1) for each in (alpha, alpha * beta, phi, gamma * (1 - alpha))]
    return columns[0], columns[1], columns[2], columns[3]
