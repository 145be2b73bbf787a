"""How far a month has come, and what each month brings of a usual one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from metrics.period import Period
from metrics.plan.calendar import profile
from metrics.plan.working_days import WorkingDays

COURSE_MONTHS = 24
FEWEST_EVENTS = 200
"""The course within a month is learned from so many events in two years, or else even."""


@dataclass(frozen=True, slots=True)
class Course:
    """How far a month has come: by working days, and by how past months went where that is known.

    `positions` are shares of past months' working days, `reached` the share of the months' events
    that had come by then; both are empty where the course is even.
    """

    working: WorkingDays
    positions: tuple[float, ...] = ()
    reached: tuple[float, ...] = ()

    @classmethod
    def learned(
        cls, days: Sequence[date], values: Sequence[float], until: date, working: WorkingDays
    ) -> Course:
        """The course of the last 24 full months, with 200 events in them at least; else even."""
        months = full_months_before(until, COURSE_MONTHS)
        by_day = dict(zip(days, values, strict=True))
        if not by_day or min(by_day) > months[0].start:
            return cls(working)
        found: dict[float, float] = {}
        for month in months:
            for passed in range(month.days):
                day = month.start + timedelta(days=passed)
                if value := by_day.get(day, 0.0):
                    position = working.passed_share(month, day)
                    found[position] = found.get(position, 0.0) + value
        total = sum(found.values())
        if total < FEWEST_EVENTS:
            return cls(working)
        positions = tuple(sorted(found))
        cumulated = np.cumsum([found[each] for each in positions]) / total
        return cls(working, positions, tuple(cumulated.tolist()))

    def pace(self, month: Period, until: date) -> float:
        """Which share of what the month brings has usually come by the end of a day?"""
        passed = self.working.passed_share(month, until)
        if not self.positions or passed in (0.0, 1.0):
            return passed
        place = int(np.searchsorted(self.positions, passed + 1e-9))
        return self.reached[place - 1] if place else 0.0


def full_months_before(until: date, number: int) -> list[Period]:
    """The last full months that are over by the end of a day, the earliest first.

    >>> [month.describe() for month in full_months_before(date(2026, 2, 28), 2)]
    ['1 Jan 2026 to 31 Jan 2026', '1 Feb 2026 to 28 Feb 2026']
    """
    found: list[Period] = []
    end = (until + timedelta(days=1)).replace(day=1) - timedelta(days=1)
    for _ in range(number):
        found.insert(0, Period(end.replace(day=1), end))
        end = end.replace(day=1) - timedelta(days=1)
    return found


def monthly(counted: pl.DataFrame, months: Sequence[Period]) -> list[float]:
    """The sum of `value` in each of these months."""
    sums: dict[date, float] = dict(
        counted.group_by(pl.col("day_on").dt.month_start().alias("month_on"))
        .agg(pl.col("value").sum())
        .iter_rows()
    )
    return [float(sums.get(month.start, 0.0)) for month in months]


def month_weights(
    months: Sequence[Period], past: Sequence[Period], counts: Sequence[float]
) -> list[float]:
    """What each month brings of a usual one: by its days, and by season where two years are known.

    >>> months = [Period(date(2026, 2, 1), date(2026, 2, 28))]
    >>> round(month_weights(months, [], [])[0], 2)
    0.92
    """
    if not months:
        return []
    year = full_months_before(date(months[0].start.year, 12, 31), 12)
    shares = profile(year, [month.start for month in past], np.asarray(counts, dtype=np.int64))
    return [
        float(shares[month.start.month - 1]) * 12 * month.days / year[month.start.month - 1].days
        for month in months
    ]
