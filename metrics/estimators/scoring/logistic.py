"""Logistic regression with a ridge, of weighted counts, and how well chances are calibrated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from metrics.estimators.comparing.estimate import Estimate

Floats = NDArray[np.float64]

_TWO_SIDED_95 = 1.959963984540054

_MOST_ROUNDS = 100

_ENOUGH = 1e-10
"""A step of Newton's method that changes no coefficient by more is the last one."""


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """The intercept, one coefficient per feature, and the covariance of all of them.

    The covariance is that of White (1980), which holds for weights that are no counts as well.
    """

    intercept: float
    coefficients: Floats
    covariance: Floats

    def chance(self, features: Floats) -> Floats:
        """The chance of each row of features."""
        found: Floats = expit(self.log_odds(features))
        return found

    def log_odds(self, features: Floats) -> Floats:
        """The logarithm of the odds of each row of features."""
        found: Floats = self.intercept + features @ self.coefficients
        return found


def logistic(
    features: Floats,
    came: Floats,
    stayed: Floats,
    *,
    ridge: float = 0.0,
    came_squared: Floats | None = None,
    stayed_squared: Floats | None = None,
) -> Logistic:
    """By how much does each feature raise the log-odds of an event?

    One row of `features` per pattern; `came` and `stayed` are the weights of the records with and
    without the event, `*_squared` the sums of their squares (by default the weights are counts).
    The coefficients, but for the intercept, are drawn to 0 by `ridge` ÷ 2 times their squares.
    Newton's method, halving a step that makes the fit worse.

    Raises ValueError for a negative weight or ridge, and where no record has the event or all have
    and there is no ridge.
    Source: Hoerl and Kennard (1970) for the ridge, le Cessie and van Houwelingen (1992) for it in
    the logistic regression.

    >>> found = logistic(np.array([[0.0], [1.0]]), np.array([10.0, 30.0]), np.array([30.0, 10.0]))
    >>> round(found.intercept, 4), found.coefficients.round(4).tolist()
    (-1.0986, [2.1972])
    """
    if ridge < 0 or (came < 0).any() or (stayed < 0).any():
        raise ValueError("a weight or the ridge is negative")
    if not (came.sum() > 0 and stayed.sum() > 0):
        raise ValueError("records with and without the event are needed")
    rows = np.column_stack((np.ones(len(features)), features))
    weight = came + stayed
    penalty = np.full(rows.shape[1], ridge)
    penalty[0] = 0.0
    beta = np.zeros(rows.shape[1])
    beta[0] = np.log(came.sum() / stayed.sum())
    loss = _loss(rows, came, weight, beta, penalty)
    for _ in range(_MOST_ROUNDS):
        chance = expit(rows @ beta)
        gradient = rows.T @ (weight * chance - came) + penalty * beta
        step = np.linalg.lstsq(_curvature(rows, weight, chance, penalty), gradient, rcond=None)[0]
        size = 1.0
        while (then := _loss(rows, came, weight, beta - size * step, penalty)) > loss + 1e-12 * abs(
            loss
        ) and size > 1e-6:
            size /= 2
        beta = beta - size * step
        loss = then
        if np.abs(size * step).max() <= _ENOUGH:
            break
    chance = expit(rows @ beta)
    bread = np.linalg.pinv(_curvature(rows, weight, chance, penalty))
    squares_came = came if came_squared is None else came_squared
    squares_stayed = stayed if stayed_squared is None else stayed_squared
    meat = rows.T @ (
        rows * (squares_came * (1 - chance) ** 2 + squares_stayed * chance**2)[:, None]
    )
    return Logistic(float(beta[0]), beta[1:], bread @ meat @ bread)


def _loss(rows: Floats, came: Floats, weight: Floats, beta: Floats, penalty: Floats) -> float:
    odds = rows @ beta
    return float(
        (weight * np.logaddexp(0, odds) - came * odds).sum() + (penalty * beta**2).sum() / 2
    )


def _curvature(rows: Floats, weight: Floats, chance: Floats, penalty: Floats) -> Floats:
    found: Floats = rows.T @ (rows * (weight * chance * (1 - chance))[:, None]) + np.diag(penalty)
    return found


def censoring_weights(until: Floats, followed: Floats) -> Floats:
    """For how many records does one stand whose fate is known at an age?

    `followed` says how long each of a set of records could be followed, whatever became of it;
    `until` are the ages at which fates are known. 1 ÷ the share that could be followed so long:
    who is as old but could not be seen as long is told by those who could. Infinite where nobody
    could.

    Source: Robins and Rotnitzky (1992). That everybody's time of following is known (the last day
    observed less the day of coming in) takes the place of the product-limit estimate.

    >>> censoring_weights(np.array([0.0, 5.0, 10.0]), np.array([10.0, 10.0, 5.0, 2.0])).tolist()
    [1.0, 1.3333333333333333, 2.0]
    """
    ordered = np.sort(followed)
    left = len(ordered) - np.searchsorted(ordered, until, side="left")
    with np.errstate(divide="ignore"):
        return np.asarray(len(ordered) / left)


def brier_reduction(
    before: Floats, after: Floats, came: Floats, stayed: Floats, came_squared: Floats,
    stayed_squared: Floats,
) -> Estimate:  # fmt: skip
    """By how much does a chance miss less than another one, in mean squares?

    Per pattern the two chances, and the weights of records with and without the event with the sums
    of their squares. Σ w ((before − y)² − (after − y)²) ÷ Σ w, above 0 where `after` is better,
    with bounds by the delta method for a weighted mean.

    Source: Brier (1950); Gerds and Schumacher (2006) for censored records.

    >>> half, one = np.array([0.5, 0.5]), np.array([1.0, 1.0])
    >>> brier_reduction(half, np.array([1.0, 0.0]), one * [1, 0], one * [0, 1], one * [1, 0],
    ...                 one * [0, 1]).value
    0.25
    """
    if_came = (before - 1) ** 2 - (after - 1) ** 2
    if_stayed = before**2 - after**2
    total = came.sum() + stayed.sum()
    mean = float((came * if_came + stayed * if_stayed).sum() / total)
    spread = (came_squared * (if_came - mean) ** 2 + stayed_squared * (if_stayed - mean) ** 2).sum()
    return _bounded(mean, float(np.sqrt(spread)) / float(total))


def brier(chance: Floats, came: Floats, stayed: Floats) -> float:
    """How far is a chance from what came, in mean squares?

    >>> brier(np.array([0.5]), np.array([1.0]), np.array([1.0]))
    0.25
    """
    return float((came * (chance - 1) ** 2 + stayed * chance**2).sum() / (came + stayed).sum())


def calibration_slope(
    log_odds: Floats, came: Floats, stayed: Floats, came_squared: Floats, stayed_squared: Floats
) -> Estimate:
    """Do chances spread as widely as what came of them? 1 where they do, with 95% bounds.

    The coefficient of the foretold log-odds in a logistic regression of what came on them: under 1
    the chances are too extreme. Raises ValueError as `logistic` does.

    Source: Cox (1958).

    >>> odds = np.log(np.array([1 / 3, 3.0]))
    >>> counts = np.array([10.0, 30.0]), np.array([30.0, 10.0])
    >>> round(calibration_slope(odds, *counts, *counts).value, 6)
    1.0
    """
    found = logistic(
        log_odds[:, None], came, stayed, came_squared=came_squared, stayed_squared=stayed_squared
    )
    return _bounded(float(found.coefficients[0]), float(np.sqrt(found.covariance[1, 1])))


def _bounded(value: float, error: float) -> Estimate:
    half = _TWO_SIDED_95 * error
    return Estimate(value, value - half, value + half)
