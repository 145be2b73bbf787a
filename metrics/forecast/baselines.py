"""How a team without a model says what quarters win: from won revenue alone.

Each is a number from the quarters that are over, oldest first, and how sure it is from its own
errors at earlier quarters.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from metrics.estimators.forecasts.auto_ets import FEWEST_VALUES, auto_ets

Floats = NDArray[np.float64]

FEWEST_ERRORS = 2
"""Of fewer there is no spread."""

MONTHS_OF_A_QUARTER = 3


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
    AUTO_ETS = "AutoETS"
    """Exponential smoothing of won revenue by month, its form chosen by AICc."""


def point_by_revenue(baseline: ByRevenue, months: Floats, quarters: int) -> Floats:
    """How much does a baseline say that each of the next quarters wins?

    `months` is won revenue of each month of the quarters that are over. Raises ValueError where
    they are no whole quarters, and TooEarlyError where they do not go back far enough.

    >>> months = np.array([10.0, 20, 30, 40, 20]).repeat(3) / 3
    >>> point_by_revenue(ByRevenue.SEASONAL_NAIVE, months, 2).round().tolist()
    [20.0, 30.0]
    >>> point_by_revenue(ByRevenue.LAST_YEAR_GROWTH, months, 1).round().tolist()
    [40.0]
    >>> point_by_revenue(ByRevenue.RUN_RATE, months, 1).round().tolist()
    [20.0]
    >>> point_by_revenue(ByRevenue.AUTO_ETS, np.full(9, 7.0), 2).round().tolist()
    [21.0, 21.0]
    """
    won = of_quarters(months)
    if not len(won):
        raise TooEarlyError("no quarter is over")
    match baseline:
        case ByRevenue.SEASONAL_NAIVE:
            return same_quarters(won, quarters)
        case ByRevenue.LAST_YEAR_GROWTH:
            return same_quarters(won, quarters) * growth(won)
        case ByRevenue.RUN_RATE:
            return np.repeat(won[-1:], quarters)
        case ByRevenue.AUTO_ETS:
            return of_quarters(np.array(_smoothed(tuple(months.tolist()), quarters)))


def predictive_by_revenue(
    baseline: ByRevenue, months: Floats, quarters: int, count: int = 999
) -> Floats:
    """[quarters, count]: what a baseline says of the next quarters, and how sure that is.

    As `predictive` makes it. Raises what that and `point_by_revenue` raise.
    """

    def say(over: int) -> Floats:
        return point_by_revenue(baseline, months[: MONTHS_OF_A_QUARTER * over], quarters)

    return predictive(baseline.value, say, of_quarters(months), quarters, count)


def predictive(
    name: str, say: Callable[[int], Floats], won: Floats, quarters: int, count: int = 999
) -> Floats:
    """[quarters, count]: what is said of the next quarters, and how sure that is.

    `say` tells what the baseline of that name said of the next quarters when so many were over,
    and `won` is the revenue of each. Equally likely quantiles, as `around` makes them from the
    errors at each earlier quarter. Raises what `say` raises, and TooEarlyError where there are
    fewer than two errors, or nothing was won in a year.
    """
    if not len(won):
        raise TooEarlyError("no quarter is over")
    return around(say(len(won)), level(won), errors(say, won, quarters), count, name)


def errors(say: Callable[[int], Floats], won: Floats, quarters: int) -> Floats:
    """[earlier quarters, quarters]: by how much was a baseline short, in terms of the level then?

    (won − said) ÷ level at the end of each earlier quarter, NaN for quarters that are not over.
    Where it was too early for the baseline there is no row.
    """
    rows = []
    for over in range(1, len(won)):
        try:
            earlier, scale = say(over), level(won[:over])
        except TooEarlyError:
            continue
        came = np.full(quarters, np.nan)
        known = won[over : over + quarters]
        came[: len(known)] = known
        rows.append((came - earlier) / scale)
    return np.array(rows).reshape(len(rows), quarters)


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
            raise TooEarlyError(f"{name} needs two earlier errors, and has {n}")
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
        raise TooEarlyError(f"needs four quarters that are over, and has {len(won)}")
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


def of_quarters(months: Floats) -> Floats:
    """Sums of each three months. Raises ValueError where a quarter lacks some.

    >>> of_quarters(np.array([1.0, 2, 3, 4, 5, 6])).tolist()
    [6.0, 15.0]
    """
    if len(months) % MONTHS_OF_A_QUARTER:
        raise ValueError(f"{len(months)} months are no whole quarters")
    sums: Floats = months.reshape(-1, MONTHS_OF_A_QUARTER).sum(axis=1)
    return sums


@lru_cache(maxsize=512)
def _smoothed(months: tuple[float, ...], quarters: int) -> tuple[float, ...]:
    """What smoothing says of the next months; kept, as each later quarter asks for it again."""
    if len(months) < FEWEST_VALUES:
        raise TooEarlyError(f"{len(months)} months are too few to smooth")
    found = auto_ets(np.array(months), MONTHS_OF_A_QUARTER * quarters).forecast
    return tuple(found.tolist())
