"""Matched difference: what a share differs by among those who are alike in all else known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from metrics.estimators.comparing.proportions import quantile

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


_NO_SPREAD = 1e-9
"""Of a treatment that follows from the covariates so little is left, by rounding."""


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """Share of the treated minus that of others of their strata, and how sure it is.

    `treated` and `others` are the records in strata that have both; `expected` is how many events
    the thinnest cell would have if both were alike. NaN where no stratum has both, and bounds with
    fewer than two accounts.
    """

    treated: int
    others: int
    value: float
    low: float
    high: float
    p_value: float
    expected: float


def matched_difference(
    outcome: NDArray[np.bool_],
    is_treated: NDArray[np.bool_],
    stratum: Numbers,
    account: Numbers,
    covariates: Floats | None = None,
    level: float = 0.95,
) -> MatchedDifference:
    """How much more often does it happen to the treated than to others of their stratum?

    One element per record. The difference is the mean of those within strata, each weighted by
    treated × others ÷ records, as Mantel and Haenszel weight them: the least squares of the
    outcome on treatment and strata. Its variance sums the scores of each account before they are
    squared, so that records of one account or of one person count as what they say together.
    `covariates`, a column each, are what records of a stratum still differ in: the outcome and the
    treatment are both freed of what goes with them first, by least squares within strata. The
    residuals of a stratum of n are widened by √(n ÷ (n − 1)), without which strata of two would
    halve the variance.

    Source: Mantel and Haenszel (1959) in the form of Greenland and Robins (1985); Frisch and Waugh
    (1933) for the covariates; Liang and Zeger (1986) for the variance.

    >>> treated = np.array([1, 1, 0, 0, 1, 0, 0, 0], bool)
    >>> outcome = np.array([1, 0, 0, 0, 1, 1, 0, 0], bool)
    >>> strata = np.array([1, 1, 1, 1, 2, 2, 2, 2])
    >>> found = matched_difference(outcome, treated, strata, np.arange(8))
    >>> round(found.value, 4), found.treated, found.others
    (0.5714, 3, 5)
    """
    _, place = np.unique(stratum, return_inverse=True)
    size = np.bincount(place).astype(np.float64)
    inside = np.bincount(place, weights=is_treated.astype(np.float64))
    kept = ((inside > 0) & (inside < size))[place]
    place, y, d = place[kept], outcome[kept].astype(np.float64), is_treated[kept].astype(np.float64)
    treated, records = int(d.sum()), len(d)
    if not treated:
        nothing = float("nan")
        return MatchedDifference(0, 0, nothing, nothing, nothing, nothing, nothing)
    events = np.bincount(place, weights=y, minlength=len(size))
    share, mean = (inside / size)[place], (np.divide(events, size))[place]
    weight, rest = d - share, y - mean
    if covariates is not None:
        weight, rest = _freed(covariates[kept], place, weight, rest)
    spread = float(weight @ weight)
    if spread <= _NO_SPREAD * treated:
        nothing = float("nan")
        return MatchedDifference(treated, records - treated, *[nothing] * 5)
    value = float(weight @ rest) / spread
    residual = (rest - value * weight) * np.sqrt((size / np.maximum(size - 1, 1))[place])
    _, whose = np.unique(account[kept], return_inverse=True)
    scores = np.bincount(whose, weights=weight * residual)
    clusters = len(scores)
    error = float("nan")
    if clusters > 1:
        error = float(np.sqrt(clusters / (clusters - 1) * (scores @ scores))) / spread
    expected = float(min(mean @ d, (1 - mean) @ d, mean @ (1 - d), (1 - mean) @ (1 - d)))
    half = quantile(level) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = float(erfc(abs(np.float64(value) / error) / np.sqrt(2)))
    if error == 0:
        chance = 1.0 if value == 0 else 0.0
    return MatchedDifference(
        treated,
        records - treated,
        value,
        max(value - half, -1.0) if clusters > 1 else float("nan"),
        min(value + half, 1.0) if clusters > 1 else float("nan"),
        chance,
        expected,
    )


def _freed(covariates: Floats, place: Numbers, *of: Floats) -> tuple[Floats, ...]:
    """Each series, which has mean 0 in every stratum, without what goes with the covariates."""
    _, inside = np.unique(place, return_inverse=True)
    size = np.bincount(inside)
    means = [np.bincount(inside, weights=each) / size for each in covariates.T]
    within = covariates - np.stack(means, axis=1)[inside]
    both = np.stack(of, axis=1)
    freed = both - within @ np.linalg.lstsq(within, both, rcond=None)[0]
    return tuple(freed.T)


def exceeds(found: MatchedDifference, placebo: MatchedDifference) -> bool | None:
    """Is a difference further from 0 than its placebo by more than chance (one-sided, 5%)?

    Each is as unsure as its interval of 95% says. None where one is unknown.
    """
    if np.isnan(found.low) or np.isnan(placebo.low):
        return None
    wide, other = ((each.high - each.low) / 2 / quantile(0.95) for each in (found, placebo))
    spread = float(np.hypot(wide, other))
    return bool((found.value - placebo.value) * np.sign(found.value) > quantile(0.9) * spread)
