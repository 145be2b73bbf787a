"""The days of a company's life, counted from its first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from data.sample_company.world.planted import Flags, Integers, add_months


@dataclass(frozen=True)
class Life:
    """Whole months in which leads come in. Days and months are numbers, the first of each is 0.

    What becomes of the leads goes on after the last month. `start` is the first of a month.

    >>> life = Life(date(2022, 1, 1), months=60)
    >>> life.days, life.day_number(date(2022, 2, 1)), life.date_of(31)
    (1826, 31, datetime.date(2022, 2, 1))
    >>> life.month_of(np.array([30, 31, 9_999]))
    array([ 0,  1, 59])
    """

    start: date
    months: int

    def __post_init__(self) -> None:
        if self.start.day != 1:
            raise ValueError(f"a life starts on the first of a month, not on {self.start}")
        if self.months < 1:
            raise ValueError("a life has at least one month")

    @cached_property
    def month_starts(self) -> Integers:
        """First day of each month, and of the one after the last: months + 1 days."""
        firsts = [add_months(self.start, number) for number in range(self.months + 1)]
        return np.array([self.day_number(first) for first in firsts], dtype=np.int64)

    @property
    def days(self) -> int:
        """How many days there are in all months."""
        return int(self.month_starts[-1])

    def day_number(self, day: date) -> int:
        """Number of a day, negative before the life."""
        return (day - self.start).days

    def date_of(self, day: int) -> date:
        """Date of a day's number."""
        return self.start + timedelta(days=day)

    def month_of(self, days: Integers) -> Integers:
        """Month of each day, the last one for days after the life."""
        months: Integers = np.searchsorted(self.month_starts, days, side="right") - 1
        return np.minimum(months, self.months - 1)

    def calendar_month(self, months: Integers) -> Integers:
        """Calendar month of each month of the life, January being 0."""
        found: Integers = (self.start.month - 1 + months) % 12
        return found

    def quarter_end(self, days: Integers) -> Integers:
        """Last day of the calendar quarter of each day, at any time."""
        month = (self._datetimes(days)).astype("datetime64[M]")
        past = month.astype(np.int64) % 3
        following = (month + (3 - past)).astype("datetime64[D]")
        ends: Integers = (following - np.datetime64(self.start)).astype(np.int64) - 1
        return ends

    def is_weekend(self, days: Integers) -> Flags:
        """Whether each day is a Saturday or a Sunday."""
        return self.weekday(days) >= 5

    def weekday(self, days: Integers) -> Integers:
        """Weekday of each day, Monday being 0."""
        weekdays: Integers = (self.start.weekday() + days) % 7
        return weekdays

    def _datetimes(self, days: Integers) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
        return np.datetime64(self.start, "D") + days.astype("timedelta64[D]")
