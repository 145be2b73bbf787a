"""How a team without a model says what quarters win: from won revenue alone.

Each is a number from the quarters that are over, oldest first, and how sure it is from its own
errors at earlier quarters.
"""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

Floats = NDArray[np.float64]

FEWEST_ERRORS = 2
"""Of fewer there is no spread."""


class TooEarlyError(ValueError):
    """What is on record does not go back far enough for a baseline."""


class ByRevenue(Enum):
    """The baselines that look at nothing but won revenue."""

    SEASONAL_NAIVE = "seasonal naive"
    """As much as the same quarter of last year."""
    LAST_YEAR_GROWTH = "last year × growth"
    """The same quarter of last year, times the growth of the last year over the one before."""
    RUN_RATE = "run rate"
    """As much as the last quarter."""


def point_by_revenue(baseline: ByRevenue, won: Floats, quarters: int) -> Floats:
    """How much does a baseline say that each of the next quarters wins?

    Raises TooEarlyError where the quarters do not go back far enough.

    >>> won = np.array([10.0, 20, 30, 40, 20])
    >>> point_by_revenue(ByRevenue.SEASONAL_NAIVE, won, 2).tolist()
    [20.0, 30.0]
    >>> point_by_revenue(ByRevenue.LAST_YEAR_GROWTH, won, 1).tolist()
    [40.0]
    >>> point_by_revenue(ByRevenue.RUN_RATE, won, 1).tolist()
    [20.0]
    """
    if not len(won):
        raise TooEarlyError("no quarter is over")
    match baseline:
        case ByRevenue.SEASONAL_NAIVE:
            return same_quarters(won, quarters)
        case ByRevenue.LAST_YEAR_GROWTH:
            return same_quarters(won, quarters) * growth(won)
        case ByRevenue.RUN_RATE:
            return np.repeat(won[-1:], quarters)


def predictive_by_revenue(
    baseline: ByRevenue, won: Floats, quarters: int, count: int = 999
) -> Floats:
    """[quarters, count]: what a baseline says of the next quarters, and how sure that is.

    Equally likely quantiles, as `around` makes them from the baseline's errors at each earlier
    quarter. Raises TooEarlyError where there are fewer than two of them, or nothing was won in a
    year.
    """
    said = point_by_revenue(baseline, won, quarters)
    rows = []
    for end in range(1, len(won)):
        try:
            earlier = point_by_revenue(baseline, won[:end], quarters)
            scale = level(won[:end])
        except TooEarlyError:
            continue
        came = np.full(quarters, np.nan)
        known = won[end : end + quarters]
        came[: len(known)] = known
        rows.append((came - earlier) / scale)
    errors = np.array(rows).reshape(len(rows), quarters)
    return around(said, level(won), errors, count, baseline.value)


def around(said: Floats, scale: float, errors: Floats, count: int, name: str) -> Floats:
    """[quarters, count]: equally likely quantiles around what is said, none below 0.

    `errors` are [earlier quarters, quarters]: (won − said) ÷ level then, NaN where it is not over.
    With n errors for a quarter so far ahead, their mean ē and standard deviation s, the quantile at
    (i − ½) ÷ count is said + scale · (ē + s · √(1 + 1/n) · t(n − 1)): the errors also tell how far
    a baseline is off on average. Of two quarters they are no joint draws.

    Raises TooEarlyError where a quarter has fewer than two errors.
    """
    chance = (np.arange(count) + 0.5) / count
    rows = []
    for ahead, each in enumerate(said):
        known = errors[:, ahead][~np.isnan(errors[:, ahead])]
        n = len(known)
        if n < FEWEST_ERRORS:
            raise TooEarlyError(f"{name} has {n} earlier errors, and needs two")
        spread = known.std(ddof=1) * np.sqrt(1 + 1 / n) * t.ppf(chance, n - 1)
        rows.append(each + scale * (known.mean() + spread))
    quantiles: Floats = np.maximum(np.array(rows), 0.0)
    return quantiles


def level(won: Floats) -> float:
    """Revenue of a quarter on average over the last year, or over as much of it as is known.

    Raises TooEarlyError where nothing was won.

    >>> level(np.array([9.0, 1, 2, 3, 4]))
    2.5
    """
    found = float(won[-4:].mean())
    if found == 0:
        raise TooEarlyError("nothing was won in the last year")
    return found


def same_quarters(won: Floats, quarters: int) -> Floats:
    """The latest quarter before each of the next ones that is a whole number of years earlier."""
    if len(won) < 4:
        raise TooEarlyError(f"{len(won)} quarters are no year")
    return won[-4:][np.arange(quarters) % 4]


def growth(won: Floats) -> float:
    """Revenue of up to four last quarters, by that of the same quarters a year earlier.

    Without a fifth quarter, or with nothing won then, growth is not known: TooEarlyError.

    >>> growth(np.array([10.0, 10, 10, 10, 12, 14]))
    1.3
    """
    pairs = min(4, len(won) - 4)
    before = won[-4 - pairs : -4].sum()
    if pairs < 1 or before == 0:
        raise TooEarlyError("there is no quarter of the year before to grow from")
    return float(won[-pairs:].sum() / before)
