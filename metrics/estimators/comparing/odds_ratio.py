"""Odds ratio: how much likelier those with something convert, alike in another respect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import erfc

from metrics.estimators.comparing.proportions import quantile

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OddsRatio:
    """Odds of converting with something ÷ odds without; one element per case."""

    ratio: Floats
    low: Floats
    high: Floats
    p_value: Floats
    """How often equal odds would differ by at least as much."""


def adjusted_odds_ratio(
    converted: Floats, reached: Floats, others: Floats, others_reached: Floats, level: float = 0.95
) -> OddsRatio:
    """How much likelier is conversion with something than without, within like records?

    Counts per stratum (maturity, segment) on the last axis: those with it and the others; every
    other axis is a case of its own. One stratum gives the plain odds ratio. A stratum in which
    either group is empty, or all or none converted, adds nothing. Counts may be effective ones,
    divided by a design effect: the ratio stays, the interval widens.

    The ratio is 0 or infinite where only one side ever converts, and has no interval (NaN) then.
    The ratio is NaN where no stratum adds anything; so is the p-value.

    Source: Mantel and Haenszel (1959), ratio and test, without continuity correction; the interval
    by the variance of Robins, Breslow and Greenland (1986).

    >>> found = adjusted_odds_ratio(
    ...     np.array([8.0, 30]), np.array([100.0, 60]), np.array([4.0, 20]), np.array([100.0, 60])
    ... )
    >>> [each.round(3).tolist() for each in (found.ratio, found.low, found.high, found.p_value)]
    [2.023, 1.074, 3.811, 0.028]
    """
    together = np.asarray(reached + others_reached, np.float64)
    size = np.where(together > 0, together, np.inf)  # an empty stratum weighs nothing
    failed, others_failed = reached - converted, others_reached - others
    agree, disagree = converted * others_failed / size, failed * others / size
    alike, unlike = (converted + others_failed) / size, (failed + others) / size
    top, bottom = agree.sum(axis=-1), disagree.sum(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = top / bottom
        variance = (
            (alike * agree).sum(axis=-1) / (2 * top**2)
            + (alike * disagree + unlike * agree).sum(axis=-1) / (2 * top * bottom)
            + (unlike * disagree).sum(axis=-1) / (2 * bottom**2)
        )
        factor = np.exp(quantile(level) * np.sqrt(variance))
        low, high = ratio / factor, ratio * factor
    return OddsRatio(ratio, low, high, _p_value(converted, others, reached, others_reached))


def _p_value(converted: Floats, others: Floats, reached: Floats, others_reached: Floats) -> Floats:
    """The two-sided p-value of the Mantel-Haenszel test, 1 degree of freedom."""
    together = np.asarray(reached + others_reached, np.float64)
    used = together > 1  # of one record, or less of effective ones, nothing is learnt
    size = np.where(used, together, np.inf)
    won = converted + others
    surplus = np.where(used, converted - won * (reached / size), 0.0)
    groups = (reached / size) * (others_reached / size)
    variance = groups * won * (together - won) / np.where(used, together - 1, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        score = surplus.sum(axis=-1) / np.sqrt(variance.sum(axis=-1))
    return np.asarray(erfc(abs(score) / np.sqrt(2)))
