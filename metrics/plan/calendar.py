"""The days a plan covers: its months, its deadlines, and how entries spread over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.period import Period, in_words

GRID_DAYS = 7
"""Curves are read at whole weeks and are straight between them."""

MONTHS_OF_A_SEASON = 24
"""So many full months of history are needed to tell a season from chance."""


def months_ahead(observed_until: date, end: date) -> tuple[Period, ...]:
    """The months from the day after the data ends to `end`; the first and last may be partial.

    Raises MetricError when the end has passed.

    >>> for month in months_ahead(date(2026, 11, 29), date(2027, 1, 31)):
    ...     print(month.describe())
    30 Nov 2026 to 30 Nov 2026
    1 Dec 2026 to 31 Dec 2026
    1 Jan 2027 to 31 Jan 2027
    """
    if end <= observed_until:
        raise MetricError(
            f"{in_words(end)} has passed: the data already speaks of {in_words(observed_until)}."
            " Choose a later deadline."
        )
    whole = Period(observed_until + timedelta(days=1), end)
    firsts = whole.months()
    ends = [*(month - timedelta(days=1) for month in firsts[1:]), end]
    return tuple(
        Period(max(first, whole.start), last) for first, last in zip(firsts, ends, strict=True)
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """Ages in whole weeks from 0 that reach over everything a plan asks."""

    ages: NDArray[np.int64]

    @classmethod
    def of(cls, days: int) -> Grid:
        """The grid that covers so many days."""
        return cls(np.arange(0, days + 2 * GRID_DAYS, GRID_DAYS))

    def weights(self, ages: NDArray[np.float64]) -> NDArray[np.float64]:
        """[grid, ages]: curve @ weights is the curve at these ages, 0 before age 0.

        >>> curve = np.array([0.0, 0.7, 1.4])
        >>> Grid.of(7).weights(np.array([-3.0, 3.5, 7.0])).T @ curve
        array([0.  , 0.35, 0.7 ])
        """
        found = np.zeros((len(self.ages), len(ages)))
        place = np.clip(ages / GRID_DAYS, 0, len(self.ages) - 1)
        low = np.minimum(place.astype(np.int64), len(self.ages) - 2)
        part = place - low
        columns = np.arange(len(ages))
        found[low, columns] = 1 - part
        found[low + 1, columns] = part
        found[:, ages < 0] = 0
        return found

    def by_month(self, months: Sequence[Period], until: Sequence[date]) -> NDArray[np.float64]:
        """[until, grid, months]: the mean of the curve at `until` over the month's entry days.

        Days after `until` count as 0: they enter too late.
        """
        first, last, end = (
            np.array(days, dtype="datetime64[D]").astype(np.int64)
            for days in (
                [month.start for month in months],
                [month.end for month in months],
                until,
            )
        )
        oldest, youngest = end[:, None] - first, end[:, None] - last
        ages = np.arange(max(1, oldest.max() + 1), dtype=np.float64)
        # The weights of all ages under each, so that those of a month are a difference.
        under = np.zeros((len(ages) + 1, len(self.ages)))
        np.cumsum(self.weights(ages).T, axis=0, out=under[1:])
        whole = under[np.maximum(oldest + 1, 0)] - under[np.maximum(youngest, 0)]
        return np.moveaxis(whole / (last - first + 1)[:, None], 1, 2)


def in_windows(
    grid: Grid, months: Sequence[Period], windows: Sequence[Period]
) -> NDArray[np.float64]:
    """[windows, grid, months]: `in_window` of each."""
    before = [window.start - timedelta(days=1) for window in windows]
    by_end = grid.by_month(months, [*(window.end for window in windows), *before])
    return by_end[: len(windows)] - by_end[len(windows) :]


def in_window(grid: Grid, months: Sequence[Period], window: Period) -> NDArray[np.float64]:
    """[grid, months]: curve @ this is the chance that an entry of the month wins in the window."""
    found: NDArray[np.float64] = in_windows(grid, months, [window])[0]
    return found


def profile(
    months: Sequence[Period], past: Sequence[date], entries: NDArray[np.int64]
) -> NDArray[np.float64]:
    """How do the entries to come spread over the months? Shares that add up to 1.

    By days; with 24 full past months also by season: a calendar month has the share of a year's
    entries that it had over the last two. `past` are first days of months, `entries` their counts,
    without the month that is not over.

    >>> ahead = months_ahead(date(2026, 12, 31), date(2027, 2, 28))
    >>> profile(ahead, [], np.array([], dtype=np.int64)).round(3).tolist()
    [0.525, 0.475]
    """
    days = np.array([month.days for month in months], dtype=np.float64)
    daily = np.ones(12)
    if len(past) >= MONTHS_OF_A_SEASON:
        for month in range(12):
            of_month = [
                count / Period(first, _last_day(first)).days
                for first, count in list(zip(past, entries, strict=True))[-MONTHS_OF_A_SEASON:]
                if first.month == month + 1
            ]
            daily[month] = np.mean(of_month) if of_month else 0.0
        daily = daily / daily.mean() if daily.mean() > 0 else np.ones(12)
    weights = days * np.array([daily[month.start.month - 1] for month in months])
    weights = weights if weights.sum() > 0 else days
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
