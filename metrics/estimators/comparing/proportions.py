"""Proportions: intervals of shares of counts and of value, and of ratios of two counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, ndtri

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


def value_share(
    won: Floats, total: Floats, total_squared: Floats, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Between which bounds does a share of value, such as a win rate by amount, lie?

    Sums over the accounts of a segment, elementwise: what each account won, its amounts, and the
    squares of its amounts. The bounds are those of (Σ v)² ÷ Σ v² accounts of equal amounts,
    within 0 and 1; NaN where nothing is at stake. Each account counts as won or lost whole, so the
    interval is wide where accounts are won in part.

    A nominal 95% covers 92 to 98% with 20 to 200 accounts of log-normal amounts (σ = 1), whether
    large ones are won more, less or equally often; a bootstrap over accounts 86 to 95%.

    Source: Kish (1965) for the number of equal amounts, Wilson (1927) for the interval.

    Two of four won, one of them nearly everything:

    >>> low, high = value_share(np.array([97.0]), np.array([99.0]), np.array([96**2 + 3.0]))
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.21], [1.0])
    """
    total = np.where(np.asarray(total, np.float64) > 0, total, np.nan)
    accounts = total**2 / total_squared
    return wilson(won / total * accounts, accounts, level)


def chance_below(successes: Floats, trials: Floats, mark: float) -> Floats:
    """How probable is it that a share is below a mark?

    The part of the posterior Beta(½ + x, ½ + n − x) that lies below it, elementwise: NaN without
    trials. Counts may be effective ones: each divided by its design effect (`clustering`).

    Raises ValueError for a mark that is not within 0 and 1.
    Source: Jeffreys (1946), the prior of the binomial that is the same in every parameter.

    >>> chance_below(np.array([30.0, 3.0]), np.array([100.0, 10.0]), 0.2).round(3).tolist()
    [0.008, 0.205]
    """
    if not 0 < mark < 1:
        raise ValueError(f"a mark of {mark} is not within 0 and 1")
    trials = np.where(np.asarray(trials, np.float64) > 0, trials, np.nan)
    return np.asarray(betainc(successes + 0.5, trials - successes + 0.5, mark))


def quantile(level: float) -> float:
    """How many standard deviations reach to either side of a two-sided interval?

    >>> round(quantile(0.95), 4)
    1.96
    """
    return float(ndtri((1 + level) / 2))
