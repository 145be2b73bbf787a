"""Projection: the final rate of a cohort whose records are partly still open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from metrics.estimators.incidence import IncidenceDraws


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The share of a cohort that will have converted by the horizon: one number, and draws."""

    point: float
    draws: NDArray[np.float64]


def projected_rate(
    converted: int,
    open_by_age: ArrayLike,
    curve: IncidenceDraws,
    rng: np.random.Generator,
    *,
    size: int,
) -> Projection:
    """What share of this cohort will have converted when all of it has reached the horizon?

    `size` counts the cohort's records, `converted` those that have, `open_by_age` those still open
    at the end of each age in days, from 0; the others have exited. With C converted and a the ages
    of the open: R = (C + Σ q(a)) ÷ size, q(a) = (F(H) − F(a)) ÷ S(a), 0 from the horizon H on and
    where S is 0. Each draw takes one curve and lets every open record convert or not. A matured
    cohort has nothing open under H: its projection is what was observed, exactly.

    Raises ValueError for an empty cohort, and where the parts exceed it.

    >>> from metrics.estimators.incidence import AgeCounts, draw_incidence
    >>> rng = np.random.default_rng(1)
    >>> counts = AgeCounts.of([0, 30, 90], [100, 0, 0], [0, 20, 20], [0, 0, 0], [0, 0, 60], 90)
    >>> curve = draw_incidence(counts, 1000, rng)
    >>> young = projected_rate(1, np.bincount([10, 40, 90]), curve, rng, size=4)
    >>> young.point  # (1 + 0.4 + (0.4 − 0.2) ÷ 0.8) ÷ 4
    0.4125
    """
    still_open = np.asarray(open_by_age, dtype=np.int64)
    if size < 1:
        raise ValueError("a cohort without records has no rate")
    if converted < 0 or (still_open < 0).any() or converted + still_open.sum() > size:
        raise ValueError(f"{converted} converted and {still_open.sum()} open of {size} records")
    ages = np.flatnonzero(still_open[: curve.age[-1]])
    records = still_open[ages]
    estimate = curve.estimate
    chance = _chance(np.array([estimate.final]), estimate.at(ages), estimate.open_at(ages))
    drawn = _chance(curve.final[:, None], curve.at(ages), curve.open_at(ages))
    later = rng.binomial(records, drawn).sum(axis=1)
    return Projection(float(converted + records @ chance) / size, (converted + later) / size)


def _chance(
    final: NDArray[np.floating], converted: NDArray[np.floating], still_open: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The chance that a record open at an age converts by the horizon."""
    rest = (final - converted).astype(np.float64)
    share: NDArray[np.float64] = np.zeros_like(rest)
    np.divide(rest, still_open, out=share, where=still_open > 0)
    return np.clip(share, 0, 1, out=share)
