"""Half-life: how soon weekly counts have come down to half."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import ArrayLike

from metrics.estimators.comparing.proportions import quantile

FEWEST_EVENTS = 5
FEWEST_WEEKS = 6
"""Of fewer weeks a decline cannot be told from a good first one."""

_STEPS = 50


@dataclass(frozen=True, slots=True)
class HalfLife:
    """Weeks in which counts come down to half; NaN where they do not come down or nothing is told.

    `high` is infinite where the counts may not come down at all; `low` is of the fastest decline
    that is possible. `decline` is the rate by week, with its standard error in `error`.
    """

    weeks: float
    low: float
    high: float
    decline: float
    error: float


def half_life(counts: ArrayLike, level: float = 0.95) -> HalfLife:
    """In how many weeks do weekly counts come down to half?

    One count per week, from the first week on, none left out. The counts are Poisson around
    exp(a − b · week), by the largest likelihood; the half-life is ln 2 ÷ b. The error of b is
    widened by the root of Pearson's χ² ÷ (weeks − 2) where counts vary more than Poisson ones. The
    bounds are those of b. All is NaN for fewer than 5 events or 6 weeks.

    Raises ValueError for a negative count.
    Source: McCullagh and Nelder (1989), chapters 6.2 and 9.

    >>> found = half_life([80, 63, 50, 40, 32, 25, 20, 16, 12, 10])
    >>> round(found.weeks, 2), found.low < found.weeks < found.high
    (2.99, True)
    """
    y = np.asarray(counts, np.float64)
    if (y < 0).any():
        raise ValueError("a count is negative")
    unknown = HalfLife(*[float("nan")] * 5)
    if y.sum() < FEWEST_EVENTS or len(y) < FEWEST_WEEKS:
        return unknown
    week = np.arange(len(y), dtype=np.float64)
    design = np.stack([np.ones(len(y)), -week], axis=1)
    parameters = np.array([np.log(y.mean()), 0.0])
    for _ in range(_STEPS):
        mean = np.exp(np.clip(design @ parameters, -50, 50))
        information = design.T @ (mean[:, None] * design)
        step = np.linalg.solve(information, design.T @ (y - mean))
        step *= min(1.0, 2.0 / max(abs(step).max(), 1e-12))
        parameters = parameters + step
        if abs(step).max() < 1e-10:
            break
    else:
        return unknown  # all of it in the first week: it comes down faster than weeks can tell
    mean = np.exp(design @ parameters)
    spread = max(1.0, float(((y - mean) ** 2 / mean).sum() / (len(y) - 2)))
    decline = float(parameters[1])
    error = float(np.sqrt(spread * np.linalg.inv(design.T @ (mean[:, None] * design))[1, 1]))
    reach = quantile(level) * error
    fastest, slowest = decline + reach, decline - reach
    return HalfLife(
        log(2) / decline if decline > 0 else float("nan"),
        log(2) / fastest if fastest > 0 else float("nan"),
        log(2) / slowest if slowest > 0 else float("inf"),
        decline,
        error,
    )
