"""Medians: how sure the median of skewed amounts or days is, and whether two differ by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.clustering import AccountSums, design_effect
from metrics.estimators.comparing.difference import expected_events, p_value
from metrics.estimators.comparing.proportions import wilson

Floats = NDArray[np.float64]

FEWEST_FOR_BOUNDS = 6
"""Of fewer values no two enclose the median with 95%: 2 · 0.5⁵ is more than 5%."""


@dataclass(frozen=True, slots=True)
class Median:
    """A median between its bounds; NaN where the values do not tell."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class MedianDifference:
    """The first median minus the second, with its bounds, and how often chance would make it.

    `expected` is how many values the thinnest group has above or below the common median if both
    are alike: under 5 nothing is to be claimed.
    """

    value: float
    low: float
    high: float
    p_value: float
    expected: float


def median_interval(values: Floats, accounts: NDArray[np.int64], level: float = 0.95) -> Median:
    """Between which bounds does the median lie?

    `accounts` numbers the account of each value, since those of one account are alike. The Wilson
    bounds of "half of them", of as many values as say as much when they are independent, are read
    off the sorted values from either end: no shape of the distribution is assumed, and the bounds
    are values that occur. NaN without values; NaN bounds with fewer than `FEWEST_FOR_BOUNDS`
    accounts.
    Source: Woodruff (1952); the design effect as in `clustering`.

    >>> found = median_interval(np.arange(1.0, 101), np.arange(100))
    >>> found.value, found.low, found.high
    (50.5, 40.0, 61.0)
    """
    if not len(values):
        return Median(float("nan"), float("nan"), float("nan"))
    ordered = np.sort(values)
    middle = float(np.median(ordered))
    told = len(np.unique(accounts))
    if told < FEWEST_FOR_BOUNDS:
        return Median(middle, float("nan"), float("nan"))
    effective = np.array(
        [len(values) / design_effect(AccountSums.of_records(values <= middle, accounts))]
    )
    share, _ = wilson(effective / 2, effective, level)
    # In steps of an account: values between those of accounts that are alike are no finer scale.
    place = max(int(share.item() * told), 1) * len(values) // told - 1
    return Median(middle, float(ordered[place]), float(ordered[-1 - place]))


def median_difference(
    values: Floats,
    accounts: NDArray[np.int64],
    others: Floats,
    other_accounts: NDArray[np.int64],
    level: float = 0.95,
) -> MedianDifference:
    """How large is the difference of two medians, and is it more than chance?

    The p-value is that of Mood's test: of equal medians as large a share of either group is above
    the median of all. Counts are divided by the design effect of accounts. The bounds join those of
    both medians as Newcombe's do those of shares. NaN where a group is empty, or of one account.
    Source: Mood (1950); Zou and Donner (2008) for the bounds.

    >>> some, more = np.arange(1.0, 101), np.arange(31.0, 131)
    >>> found = median_difference(more, np.arange(100), some, np.arange(100))
    >>> found.value, round(found.low, 2), round(found.high, 2), round(found.p_value, 6)
    (30.0, 15.15, 44.85, 2.5e-05)
    """
    first, second = (
        median_interval(values, accounts, level), median_interval(others, other_accounts, level),
    )  # fmt: skip
    difference = first.value - second.value
    low = difference - np.hypot(first.value - first.low, second.high - second.value)
    high = difference + np.hypot(first.high - first.value, second.value - second.low)
    if not len(values) or not len(others):
        return MedianDifference(difference, float(low), float(high), float("nan"), float("nan"))
    middle = np.median(np.concatenate((values, others)))
    counts = (*_above(values > middle, accounts), *_above(others > middle, other_accounts))
    return MedianDifference(
        float(difference),
        float(low),
        float(high),
        float(p_value(*counts).item()),
        float(expected_events(*counts).item()),
    )


def _above(above: NDArray[np.bool_], accounts: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """How many are above, and of how many, as of independent ones."""
    deff = design_effect(AccountSums.of_records(above, accounts))
    return np.array([above.sum() / deff]), np.array([len(above) / deff])
