"""Scores of forecasts: how sharp and how honest they were, once the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.proportions import wilson

Floats = NDArray[np.float64]


def crps(draws: Floats, actual: Floats) -> Floats:
    """How far was each forecast, as a whole distribution, from what happened?

    `draws` have one forecast's draws on the last axis and the shape of `actual` before it. The
    continuous ranked probability score in the unit of the actual value, 0 at best; for a forecast
    of one draw it is the absolute error. It scores the distribution that the draws are, exactly:
    mean |x - y| - mean |x - x'| / 2 over all draws and pairs of draws. NaN where anything is NaN.

    Source: Gneiting and Raftery (2007), equation 21; pairs are summed over the sorted draws.

    >>> crps(np.array([[0.0, 2.0], [3.0, 3.0]]), np.array([1.0, 1.0])).tolist()
    [0.5, 2.0]
    """
    errors = np.sort(draws - np.asarray(actual)[..., None], axis=-1)
    number = errors.shape[-1]
    # Σ |x_i - x_j| over all ordered pairs = 2 · Σ (2k - m - 1) · x_(k).
    ranks = 2 * np.arange(1, number + 1) - number - 1
    return np.asarray(abs(errors).mean(axis=-1) - errors @ ranks / number**2)


def pinball(quantiles: Floats, levels: Floats, actual: Floats) -> Floats:
    """How good was each quantile of a forecast?

    `quantiles` have the levels on the last axis and the shape of `actual` before it; so has the
    result, in the unit of the actual value, 0 at best. An actual value above the 90% quantile
    costs 0.9 of the distance, one below it 0.1. Raises ValueError for a level outside 0 and 1.

    Source: Koenker and Bassett (1978).

    >>> pinball(np.array([10.0, 20.0]), np.array([0.1, 0.9]), np.array(24.0)).round(2)
    array([1.4, 3.6])
    """
    if not ((levels > 0) & (levels < 1)).all():
        raise ValueError(f"levels are shares between 0 and 1, not {levels.tolist()}")
    above = np.asarray(actual)[..., None] - quantiles
    return np.asarray(np.maximum(levels * above, (levels - 1) * above))


def mid_pit(draws: Floats, actual: Floats) -> Floats:
    """Where in its forecast did each actual value fall?

    `draws` have one forecast's draws on the last axis and the shape of `actual` before it. The
    share of draws below the actual value, plus half the share equal to it, as counts tie. Over many
    honest forecasts it is uniform between 0 and 1. NaN where anything is NaN.

    Source: Czado, Gneiting and Held (2009).

    >>> mid_pit(np.array([1.0, 2, 2, 9]), np.array(2.0)).item()
    0.5
    """
    errors = draws - np.asarray(actual)[..., None]
    return np.asarray((0.5 - np.sign(errors) / 2).mean(axis=-1))


def pit_histogram(pits: Floats, bins: int) -> NDArray[np.int64]:
    """How many actual values fell into each part of their forecasts?

    Counts of `bins` equal parts of 0 to 1; the last one has 1 too. Equal counts are honest, two
    high ends tell of forecasts that are too narrow, a hump of ones too wide, a slope of bias. NaN
    is not counted. Raises ValueError for a value outside 0 and 1.

    >>> pit_histogram(np.array([0.05, 0.5, 0.95, 1.0]), 4)
    array([1, 0, 1, 2])
    """
    if ((pits < 0) | (pits > 1)).any():
        raise ValueError("a place in a forecast is between 0 and 1")
    return np.histogram(pits, bins=bins, range=(0, 1))[0]


@dataclass(frozen=True)
class Coverage:
    """How often intervals held what happened, and how sure that is."""

    covered: int
    forecasts: int
    share: float
    low: float
    high: float


def coverage(low: Floats, high: Floats, actual: Floats) -> Coverage:
    """How often did what happened lie in the interval forecast for it?

    Elementwise; a value on a bound is covered, a forecast without an interval or an actual value
    (NaN) is not counted. The share has a 95% interval of its own, NaN without forecasts: 7 of 10
    is no proof against a nominal 80%. Forecasts of overlapping periods are not independent, so
    their interval is too narrow.

    >>> coverage(np.array([0.0, 0, 0]), np.array([2.0, 2, np.nan]), np.array([1.0, 3, 1])).share
    0.5
    """
    known = ~np.isnan(low + high + actual)
    forecasts = int(known.sum())
    covered = int(((low <= actual) & (actual <= high) & known).sum())
    bounds = wilson(np.array(covered), np.array(forecasts))
    share = covered / forecasts if forecasts else float("nan")
    return Coverage(covered, forecasts, share, float(bounds[0]), float(bounds[1]))
