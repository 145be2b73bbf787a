"""Proportions: intervals of a share and of a ratio of two counts; counts may be effective ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]


def wilson(successes: Floats, trials: Floats, level: float = 0.95) -> tuple[Floats, Floats]:
    """Between which bounds does a binomial share lie?

    The two bounds of the score interval, elementwise, within 0 and 1; NaN without trials. Counts
    may be effective ones: each divided by its design effect (`clustering`).

    Source: Wilson (1927).

    >>> [bound.round(4).tolist() for bound in wilson(np.array([842.0]), np.array([8000.0]))]
    [[0.0987], [0.1122]]
    """
    trials = np.where(np.asarray(trials, np.float64) > 0, trials, np.nan)
    share = successes / trials
    square = quantile(level) ** 2
    centre = (share + square / (2 * trials)) / (1 + square / trials)
    spread = np.sqrt(share * (1 - share) / trials + square / (4 * trials**2))
    half = quantile(level) / (1 + square / trials) * spread
    # Of all or none the bounds are 1 and 0 exactly, which rounding would miss.
    low = np.minimum(np.clip(centre - half, 0, 1), share)
    high = np.maximum(np.clip(centre + half, 0, 1), share)
    return low, high


def flow_ratio(
    numerator: Floats, denominator: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Between which bounds does the ratio of two counts of one period lie?

    For counts of which the one is no part of the other, as MQLs and SQLs of one month, the ratio
    may exceed 1. The bounds are those of x ÷ (x + y), as l ÷ (1 - l): given how many there are
    together, x of two Poisson counts is binomial. The upper bound is infinite where the denominator
    is 0; both are NaN where both counts are 0.

    Source: Przyborowski and Wilenski (1940) for the conditional share, Wilson (1927) for its
    interval.

    >>> [bound.round(3).tolist() for bound in flow_ratio(np.array([30.0, 2]), np.array([20.0, 0]))]
    [[0.858, 0.521], [2.622, inf]]
    """
    low, high = wilson(numerator, np.asarray(numerator + denominator), level)
    with np.errstate(divide="ignore"):
        return low / (1 - low), high / (1 - high)


def quantile(level: float) -> float:
    """How many standard deviations reach to either side of a two-sided interval?

    >>> round(quantile(0.95), 4)
    1.96
    """
    return float(ndtri((1 + level) / 2))
