"""Mack's tests: whether cohorts develop alike, which every curve over their age assumes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import binomtest, rankdata

from metrics.estimators.comparing.proportions import quantile

Floats = NDArray[np.float64]


class SmallTriangleError(ValueError):
    """The triangle has too few cohorts or ages for the test; the message says what is missing."""


@dataclass(frozen=True)
class MackTest:
    """A test's statistic with the interval that it stays in when cohorts develop alike."""

    statistic: float
    expected: float
    low: float
    high: float
    p_value: float

    @property
    def passed(self) -> bool:
        """The statistic lies in the interval: nothing speaks against cohorts developing alike."""
        return self.low <= self.statistic <= self.high


@dataclass(frozen=True)
class CalendarPeriod:
    """How the cohorts grew in one calendar period, each against its age's median."""

    slow: int
    fast: int
    p_value: float
    """How often so uneven a split happens by chance."""


def calendar_year_test(triangle: Floats, level: float = 0.95) -> MackTest:
    """Did some calendar periods speed up or slow down all cohorts at once?

    `triangle` has one row per cohort, in order, and one column per age, in the same periods; values
    are cumulative, NaN where not observed yet. A change of process or of definition shows as a
    calendar period in which the growth factors are mostly high or mostly low for their age. The
    statistic is the number of factors on the smaller side, summed over the calendar periods; low
    values speak of an effect. The interval is the normal one that holds with probability `level`.
    One unusual period among many hardly moves the sum: `calendar_periods` finds it.

    A factor from nothing (0) or to an unknown value is left out, so are those equal to their age's
    median. Raises SmallTriangleError when no calendar period has two factors left.
    Source: Mack (1994), appendix H.

    >>> triangle = np.array([[10, 22, 30], [10, 18, np.nan], [10, np.nan, np.nan]])
    >>> calendar_year_test(triangle)
    Traceback (most recent call last):
    metrics.estimators.mack.SmallTriangleError: no calendar period has two factors to compare
    """
    statistic = expected = variance = 0.0
    for period in calendar_periods(triangle):
        number = period.slow + period.fast
        if number < 2:
            continue
        middle = math.comb(number - 1, (number - 1) // 2) * number / 2**number
        mean = number / 2 - middle
        statistic += min(period.slow, period.fast)
        expected += mean
        variance += number * (number - 1) / 4 - middle * (number - 1) + mean - mean**2
    if not variance:
        raise SmallTriangleError("no calendar period has two factors to compare")
    return _normal(statistic, expected, variance, level)


def calendar_periods(triangle: Floats) -> list[CalendarPeriod]:
    """In which calendar periods did the cohorts grow unusually fast or slow?

    One element per calendar period, oldest first: from the one in which the oldest cohort reaches
    its second age to the last one observed. `triangle` as for `calendar_year_test`. As there are
    many p-values, they are corrected before a period is named (`multiplicity`).

    Source: Mack (1997), the binomial test of each calendar year.

    >>> triangle = np.array([[10, 22, 30], [10, 18, np.nan], [10, np.nan, np.nan]])
    >>> [(period.slow, period.fast) for period in calendar_periods(triangle)]
    [(0, 1), (1, 0)]
    """
    factors = _factors(triangle)
    periods = _calendar(factors)
    with np.errstate(invalid="ignore"):
        above = np.sign(factors - _median(factors))
    found = []
    for period in range(int(periods[~np.isnan(factors)].max(initial=-1)) + 1):
        slow, fast = (int((above[periods == period] == side).sum()) for side in (-1, 1))
        chance = binomtest(slow, slow + fast).pvalue if slow + fast else 1.0
        found.append(CalendarPeriod(slow, fast, float(chance)))
    return found


def development_correlation_test(triangle: Floats, level: float = 0.5) -> MackTest:
    """Does a cohort that grew fast at one age grow slow, or fast again, at the next?

    `triangle` as for `calendar_year_test`. The statistic is the rank correlation of each age's
    growth factors with those of the age before, averaged over the ages by their number of cohorts
    less one. It is 0 on average when ages are independent, negative when fast growth is only early
    growth. The interval holds with probability `level`; Mack takes 50%, because the test is
    approximate and correlation in a part of the triangle should be seen.

    Equal factors share their mean rank, and an age whose factors are all equal says nothing:
    cohorts that have finished growing would otherwise look correlated. Raises SmallTriangleError
    when no two ages have two cohorts in common whose factors differ.
    Source: Mack (1994), appendix G.

    >>> triangle = np.array([[10, 22, 30], [10, 18, np.nan], [10, np.nan, np.nan]])
    >>> development_correlation_test(triangle)
    Traceback (most recent call last):
    metrics.estimators.mack.SmallTriangleError: no two ages have two cohorts that differ
    """
    factors = _factors(triangle)
    total = weight = 0.0
    for age in range(1, factors.shape[1]):
        pair = factors[:, age - 1 : age + 1]
        ranks = rankdata(pair[~np.isnan(pair).any(axis=1)], axis=0)
        centred = ranks - ranks.mean(axis=0) if len(ranks) else ranks
        scale = float(np.sqrt((centred**2).sum(axis=0).prod()))
        if scale:
            pairs = len(ranks) - 1
            total += pairs * float(centred.prod(axis=1).sum()) / scale
            weight += pairs
    if not weight:
        raise SmallTriangleError("no two ages have two cohorts that differ")
    return _normal(total / weight, 0.0, 1 / weight, level)


def _factors(triangle: Floats) -> Floats:
    """Each cohort's growth from one age to the next; NaN where it is unknown or from nothing."""
    if triangle.ndim != 2 or (triangle < 0).any():
        raise ValueError("a triangle has a row per cohort, a column per age and no negative value")
    before = np.where(triangle[:, :-1] > 0, triangle[:, :-1], np.nan)
    return np.asarray(triangle[:, 1:] / before, np.float64)


def _median(factors: Floats) -> Floats:
    """The median factor of each age, NaN where there is none."""
    known = (age[~np.isnan(age)] for age in factors.T)
    return np.array([np.median(age) if len(age) else np.nan for age in known])


def _calendar(factors: Floats) -> NDArray[np.int64]:
    """The calendar period in which each factor happened, counted from the first."""
    cohorts, ages = factors.shape
    return np.add.outer(np.arange(cohorts), np.arange(ages))


def _normal(statistic: float, expected: float, variance: float, level: float) -> MackTest:
    spread = math.sqrt(variance)
    half = quantile(level) * spread
    return MackTest(
        statistic=statistic,
        expected=expected,
        low=expected - half,
        high=expected + half,
        p_value=float(2 * ndtr(-abs(statistic - expected) / spread)),
    )
