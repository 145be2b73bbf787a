"""A score held against what came later: fitted on the past, judged on what followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.scoring.logistic import (
    Logistic,
    brier,
    brier_reduction,
    calibration_slope,
    censoring_weights,
    logistic,
)

Floats = NDArray[np.float64]

RIDGE = 1.0
"""How strongly coefficients are drawn to 0: as one more record against each."""

SLOPES = (0.8, 1.25)
"""Chances whose slope is within these spread about as widely as what comes of them."""

FEWEST_BEFORE, FEWEST_AFTER = 50, 30
"""Of fewer records with, or without, the event before or after the split nothing is claimed."""


@dataclass(frozen=True, slots=True, eq=False)
class Fates:
    """Records with their features, and how much is known of whether the event came in time.

    `weight` is for how many records one stands (`fate_weights`), 0 where its fate is not known.
    """

    features: Floats
    score: Floats
    came: NDArray[np.bool_]
    weight: Floats

    @property
    def sums(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Weights with and without the event, and their squares."""
        came = np.where(self.came, self.weight, 0.0)
        stayed = np.where(self.came, 0.0, self.weight)
        return came, stayed, came**2, stayed**2

    @property
    def known(self) -> tuple[int, int]:
        """Records of which it is known that the event came, and that it did not."""
        seen = self.weight > 0
        return int((seen & self.came).sum()), int((seen & ~self.came).sum())


@dataclass(frozen=True, slots=True)
class Judged:
    """How well a score's chances fared on later records."""

    brier: float
    slope: Estimate


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """The refitted score against the present one; `is_better` says whether to adopt it."""

    model: Logistic
    present: Judged
    refitted: Judged
    reduction: Estimate

    @property
    def is_better(self) -> bool:
        """Whether it misses less, by more than chance, and its chances spread as they should."""
        slope = self.refitted.slope
        return self.reduction.low > 0 and slope.low <= SLOPES[1] and slope.high >= SLOPES[0]


def fate_weights(age: Floats, followed: Floats, within: int) -> tuple[NDArray[np.bool_], Floats]:
    """Which records had the event within so many days, and for how many does each stand?

    `age` is that of the event as far as it was seen, NaN without; `followed` for how long a record
    could be followed. The fate of a record is known with its event, or when it was followed long
    enough; it stands for those who could not be followed so long. Its weight is 0 else.
    Source: `censoring_weights`.

    >>> age, followed = np.array([2.0, np.nan, np.nan]), np.array([9.0, 9.0, 5.0])
    >>> came, weight = fate_weights(age, followed, within=7)
    >>> came.tolist(), weight.tolist()
    ([True, False, False], [1.0, 1.5, 0.0])
    """
    came = np.asarray(age <= within)
    known = came | (followed >= within)
    until = np.where(came, age, float(within))
    weight = np.where(known, censoring_weights(until, followed), 0.0)
    return came, np.where(np.isfinite(weight), weight, 0.0)


def refitted(before: Fates, after: Fates) -> Refit | None:
    """Does a logistic regression on the features foretell better than the present score?

    Both are fitted on the records before the split, the present score as the one feature that it
    is, and judged on those after it. A record without a score gets the mean of scores and a mark of
    its own. None where too few are known on either side.

    Source: `logistic`, `brier_reduction` and `calibration_slope`.
    """
    if min(before.known) < FEWEST_BEFORE or min(after.known) < FEWEST_AFTER:
        return None
    came, stayed, came_squared, stayed_squared = before.sums
    squares = {"came_squared": came_squared, "stayed_squared": stayed_squared}
    model = logistic(before.features, came, stayed, ridge=RIDGE, **squares)
    mean, spread = _scale(before)
    present = logistic(_scored(before, mean, spread), came, stayed, ridge=1e-6, **squares)
    odds = model.log_odds(after.features)
    present_odds = present.log_odds(_scored(after, mean, spread))
    return Refit(
        model,
        _judged(present_odds, after),
        _judged(odds, after),
        brier_reduction(_chance(present_odds), _chance(odds), *after.sums),
    )


def _scale(fates: Fates) -> tuple[float, float]:
    known = fates.score[~np.isnan(fates.score)]
    if not known.size or np.ptp(known) == 0:
        return (float(known[0]) if known.size else 0.0), 1.0
    return float(known.mean()), float(known.std())


def _scored(fates: Fates, mean: float, spread: float) -> Floats:
    missing = np.isnan(fates.score)
    scaled = np.where(missing, 0.0, (fates.score - mean) / spread)
    return np.column_stack((scaled, missing.astype(np.float64)))


def _chance(log_odds: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-log_odds))
    return found


def _judged(log_odds: Floats, after: Fates) -> Judged:
    came, stayed, came_squared, stayed_squared = after.sums
    slope = Estimate(np.nan, np.nan, np.nan)
    if np.ptp(log_odds) > 0:
        slope = calibration_slope(log_odds, came, stayed, came_squared, stayed_squared)
    return Judged(brier(_chance(log_odds), came, stayed), slope)
