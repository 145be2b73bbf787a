"""The gap between planned and actual revenue, split over the factors that revenue is made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.shapley import shapley_product

Floats = NDArray[np.float64]

VOLUME, MIX = 0, 1
"""Places of the first factors on the last axis of `leaves`; the steps' rates follow."""

TIMING, SIZE = -2, -1
"""Places of the last factors."""


@dataclass(frozen=True, slots=True, eq=False)
class Revenue:
    """What the revenue of a period is made of, on one side: the plan's, or as it came.

    `leaves` [..., months, segments, factors] has for each cohort month and segment the entries of
    the month, the segment's share of them, the rate of each step, the share of the eventual wins
    that falls in the period, and the mean amount won at the plan's exchange rates. NaN where a
    factor is undefined: a rate nobody was there for, an amount nobody won. The rest are amounts
    [...]: `opening` comes from before the plan's entries, at the plan's exchange rates, `currency`
    is what other rates add, `restated` what was added to closed months after they were reported.
    Axes before these are cases of their own, such as draws.
    """

    leaves: Floats
    opening: Floats
    currency: Floats
    restated: Floats


def gap_parts(planned: Revenue, actual: Revenue) -> Floats:
    """How much of the gap is each part? [..., parts]: opening, factors, currency, restatement.

    revenue = opening + Σ leaves of volume × mix × rates × timing × size + currency + restated.
    Every leaf is split exactly (`shapley_product`) and added up; what is no factor differs by
    itself. A factor that is undefined on one side takes the value of the other side. The parts sum
    to the actual revenue less the planned.

    Half as many leads as planned, that convert as planned:

    >>> leaf = np.array([[[100, 1, 0.1, 1, 50.0]]])
    >>> half = leaf * [0.5, 1, 1, 1, 1]
    >>> rest = np.array(80.0), np.array(0.0), np.array(0.0)
    >>> gap_parts(Revenue(leaf, *rest), Revenue(half, *rest)).round(9).tolist()
    [0.0, -250.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    leaves = shapley_product(planned.leaves, actual.leaves).sum(axis=(-3, -2))
    opening, currency, restated = (
        np.broadcast_to(after - before, leaves.shape[:-1])[..., None]
        for before, after in (
            (planned.opening, actual.opening),
            (planned.currency, actual.currency),
            (planned.restated, actual.restated),
        )
    )
    return np.concatenate((opening, leaves, currency, restated), axis=-1)


def gap(planned: Revenue, actual: Revenue) -> Floats:
    """The actual revenue less the planned: [...]. Undefined factors are those of the other side.

    >>> leaf = np.array([[[10, 1, np.nan, 1, 50.0]]])
    >>> won = np.array([[[10, 1, 0.2, 1, 50.0]]])
    >>> rest = np.array(80.0), np.array(0.0), np.array(0.0)
    >>> float(gap(Revenue(leaf, *rest), Revenue(won, *rest)))
    0.0
    """
    return np.asarray(
        _total(actual.leaves, planned.leaves)
        - _total(planned.leaves, actual.leaves)
        + (actual.opening - planned.opening)
        + (actual.currency - planned.currency)
        + (actual.restated - planned.restated)
    )


def _total(leaves: Floats, others: Floats) -> Floats:
    defined = np.where(np.isnan(leaves), others, leaves)
    # What neither side defines belongs to a leaf that is 0 on both, else the split is NaN as well.
    product = np.where(np.isnan(defined), 1.0, defined).prod(axis=-1)
    total: Floats = product.sum(axis=(-2, -1))
    return total
