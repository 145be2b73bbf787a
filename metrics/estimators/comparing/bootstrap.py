"""Bootstrap over accounts: how sure a ratio of two sums is, when amounts differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRAWS = 5000
"""Draws that give the bounds of a normal interval to a hundredth of its width."""
_WEIGHTS_AT_ONCE = 2**22


@dataclass(frozen=True)
class RatioInterval:
    """A ratio of two sums between its bounds."""

    ratio: float
    low: float
    high: float


def ratio_interval(
    numerators: Floats,
    denominators: Floats,
    generator: np.random.Generator,
    level: float = 0.95,
) -> RatioInterval:
    """Between which bounds does a value-weighted rate, a cost per X or a ROMI lie?

    Each account's sums, one element per account: won and total value, spend and conversions. The
    ratio is that of the totals; records of one account stay together, and few large deals make the
    interval as wide as they should. Equal generators give equal bounds.

    For a share, which lies within 0 and 1, `proportions.value_share` covers better.
    Everything is NaN where the denominators sum to 0, and the bounds are with fewer than two
    accounts. Few or very unequal accounts make the interval too narrow: for a rate of 30% and
    log-normal amounts (σ = 1), a nominal 95% covers 85% with 20 accounts, 89% with 50 and 93%
    with 200.

    Raises ValueError for a negative denominator.
    Source: Rubin (1981), the Bayesian bootstrap.

    >>> won, of = np.array([5.0, 0, 0, 80, 0, 12]), np.array([5.0, 40, 8, 100, 20, 12])
    >>> found = ratio_interval(won, of, np.random.default_rng(1))
    >>> round(found.ratio, 3), found.low < found.ratio < found.high
    (0.524, True)
    """
    total = float(denominators.sum())
    ratio = float(numerators.sum()) / total if total else float("nan")
    drawn = ratio_draws(numerators, denominators, generator)
    if len(denominators) < 2:
        drawn = np.full_like(drawn, np.nan)
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return RatioInterval(ratio, float(low), float(high))


def ratio_draws(
    numerators: Floats, denominators: Floats, generator: np.random.Generator, draws: int = DRAWS
) -> Floats:
    """What could the ratio of two sums over accounts be, given the accounts seen?

    One draw per element, to be carried into whatever follows. Each draw weights the accounts by
    Dirichlet(1, …, 1); NaN where the denominators sum to 0.

    Raises ValueError for a negative denominator.
    Source: Rubin (1981).

    >>> ratio_draws(np.array([1.0, 2]), np.array([2.0, 4]), np.random.default_rng(1), draws=3)
    array([0.5, 0.5, 0.5])
    """
    if (denominators < 0).any():
        raise ValueError("a denominator is negative")
    sums = np.stack([numerators, denominators], axis=-1).astype(np.float64)
    found = np.empty((draws, 2))
    rows = max(1, _WEIGHTS_AT_ONCE // max(1, len(sums)))
    for start in range(0, draws, rows):
        number = min(rows, draws - start)
        # Exponential weights are Dirichlet ones but for their sum, which the ratio cancels.
        found[start : start + number] = generator.standard_exponential((number, len(sums))) @ sums
    return found[:, 0] / np.where(found[:, 1] > 0, found[:, 1], np.nan)
