"""First passage: how many entries are needed until enough deals are won for a target."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metrics.estimators.deal_sizes import DealSizes, deals_to_reach


def needed_entries(
    target: float,
    in_flight: ArrayLike,
    q: ArrayLike,
    sizes: DealSizes,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """How many entries does it take to reach the target by its deadline? One number per draw.

    Per draw: `in_flight` is what exists already brings by the deadline, in the target's unit, and
    `q` the chance that one entry of the profile ends in a win by then. With the amounts A of
    `sizes`: k = min{k : A_1 + … + A_k ≥ target − in_flight}, 0 where nothing is missing; the
    entries up to the k-th win are k + NegBin(k, q). Infinite where wins are missing and q is 0, or
    all amounts are. Take quantiles of it (`answer`), never a mean, which may not exist. For a
    target in deals the sizes are those of [1].

    Raises ValueError where a chance is none, and where the draws of the two differ in number.

    >>> rng = np.random.default_rng(1)
    >>> needed_entries(1000, [0, 900, 1200], [1.0, 0.5, 0.0], DealSizes.of([100.0]), rng)
    array([10.,  2.,  0.])
    """
    winning = np.asarray(q, dtype=np.float64)
    brought = np.asarray(in_flight, dtype=np.float64)
    if winning.ndim != 1 or winning.shape != brought.shape:
        raise ValueError("in flight and the chance of a win need one value per draw each")
    if not ((winning >= 0) & (winning <= 1)).all():
        raise ValueError("the chance of a win lies between 0 and 1")
    if not (np.isfinite(target) and np.isfinite(brought).all()):
        raise ValueError("the target and what is in flight are numbers")
    wins = deals_to_reach(sizes, target - brought, rng)
    return entries_until(wins, winning, rng)


def entries_until(
    wins: NDArray[np.float64], winning: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """How many entries does it take until so many are won, each with this chance? Per draw.

    Those that are not won before the last of the wins are a Poisson of a gamma variable.
    """
    found = np.where((wins > 0) & ((winning == 0) | np.isinf(wins)), np.inf, 0.0)
    finite = (wins > 0) & np.isfinite(found)
    rate = rng.standard_gamma(wins[finite]) * (1 - winning[finite]) / winning[finite]
    # Of a billion the Poisson's own spread is three in a hundred thousand, and NumPy's has an end.
    found[finite] = np.where(rate < 1e9, rng.poisson(np.minimum(rate, 1e9)), np.rint(rate))
    return wins + found


def answer(needed: NDArray[np.float64], confidence: float) -> float:
    """What is the smallest volume that reaches the target with this confidence?

    The smallest whole number of entries that is enough in that share of the draws; infinite where
    no number is.

    >>> answer(np.array([4.0, 10, 7, np.inf]), 0.75), answer(np.array([4.0, np.inf]), 0.8)
    (10.0, inf)
    """
    if not needed.size:
        raise ValueError("without draws there is no answer")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence lies between 0 and 1, not at {confidence}")
    enough = int(np.ceil(confidence * len(needed) * (1 - 1e-12)))
    return float(np.partition(needed, enough - 1)[enough - 1])


def chance(needed: NDArray[np.float64], volume: float) -> float:
    """How likely does this volume of entries reach the target? The share of draws it is enough in.

    On the draws of `answer` at least its confidence, and with one entry fewer less.

    >>> chance(np.array([4.0, 10, 7, np.inf]), 9)
    0.5
    """
    if not needed.size:
        raise ValueError("without draws there is no chance")
    return float((needed <= volume).mean())
