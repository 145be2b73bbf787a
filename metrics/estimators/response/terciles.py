"""Spend terciles: what a conversion cost when little, some and much was spent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from metrics.estimators.comparing.estimate import Estimate

Floats = NDArray[np.float64]

FEWEST_PERIODS = 6


@dataclass(frozen=True)
class Tercile:
    """A third of the periods, by spend."""

    periods: int
    spend: float
    conversions: float
    cost: Estimate
    """Spend per conversion; the upper bound is infinite where nothing converted."""


def cost_by_tercile(
    spend: Floats, conversions: Floats, level: float = 0.95
) -> tuple[Tercile, ...] | None:
    """What did a conversion cost in periods of low, middle and high spend?

    One element per period (month or week). The three thirds of the periods from the lowest spend
    on; periods of equal spend stay in order. Cost is the third's spend ÷ its conversions; its
    interval is that of the count, which varies around the third's own cost per conversion by as
    much more than Poisson as all periods together show. None with fewer than six periods.

    It says what went together, not what more spend would bring: spend may have followed demand.

    Raises ValueError for different lengths and for a negative number.
    Source: Garwood (1936) for the interval of a count, Wedderburn (1974) for its overdispersion.

    >>> low, _, high = cost_by_tercile(
    ...     np.array([100.0, 900, 500, 200, 800, 400]), np.array([20.0, 60, 50, 34, 62, 41])
    ... )
    >>> [round(each) for each in (low.cost.value, low.cost.low, low.cost.high)]
    [6, 4, 7]
    >>> high.periods, round(high.cost.value)
    (2, 14)
    """
    if spend.shape != conversions.shape or spend.ndim != 1:
        raise ValueError("one spend and one number of conversions per period")
    if (spend < 0).any() or (conversions < 0).any():
        raise ValueError("neither spend nor conversions are negative")
    if len(spend) < FEWEST_PERIODS:
        return None
    thirds = np.array_split(np.argsort(spend, kind="stable"), 3)
    dispersion = _dispersion(spend, conversions, thirds)
    return tuple(_tercile(spend[each], conversions[each], dispersion, level) for each in thirds)


def _dispersion(spend: Floats, conversions: Floats, thirds: list[NDArray[np.intp]]) -> float:
    """Pearson's χ² of all periods around the costs of their thirds ÷ degrees of freedom; ≥ 1."""
    square = 0.0
    for third in thirds:
        total = float(spend[third].sum())
        rate = float(conversions[third].sum()) / total if total else 0.0
        expected = rate * spend[third]
        off = (conversions[third] - expected) ** 2
        square += float((off[expected > 0] / expected[expected > 0]).sum())
    return max(1.0, square / (len(spend) - len(thirds)))


def _tercile(spend: Floats, conversions: Floats, dispersion: float, level: float) -> Tercile:
    total, count = float(spend.sum()), float(conversions.sum())
    effective = count / dispersion
    tail = (1 - level) / 2
    fewest = float(gammaincinv(effective, tail)) * dispersion if count else 0.0
    most = float(gammaincinv(effective + 1, 1 - tail)) * dispersion
    cost = Estimate(_cost(total, count), total / most, _cost(total, fewest))
    return Tercile(len(spend), total, count, cost)


def _cost(spend: float, conversions: float) -> float:
    return spend / conversions if conversions else float("inf")
