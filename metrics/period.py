"""A period of days, and the periods it is compared with."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from data.errors import MetricError


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included.

    >>> Period(date(2026, 1, 1), date(2026, 3, 31)).previous()
    Period(start=datetime.date(2025, 10, 1), end=datetime.date(2025, 12, 31))
    """

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise MetricError(f"the period ends on {self.end}, before it starts on {self.start}")

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.end - self.start).days + 1

    def previous(self) -> Period:
        """The period of the same length just before: as many months, if it is whole months."""
        if self.start.day == 1 and (self.end + timedelta(days=1)).day == 1:
            months = 12 * (self.end.year - self.start.year) + self.end.month - self.start.month + 1
            return Period(_add_months(self.start, -months), self.start - timedelta(days=1))
        return Period(self.start - timedelta(days=self.days), self.start - timedelta(days=1))

    def last_year(self) -> Period:
        """The same days one year earlier; 29 February becomes the 28th, a month's end stays one.

        >>> Period(date(2025, 2, 1), date(2025, 2, 28)).last_year().end
        datetime.date(2024, 2, 29)
        """
        end = _add_months(self.end, -12)
        if (self.end + timedelta(days=1)).day == 1:
            end = end.replace(day=days_in_month(end))
        return Period(_add_months(self.start, -12), end)

    def months(self) -> list[date]:
        """The first day of every month the period touches.

        >>> [month.month for month in Period(date(2026, 1, 15), date(2026, 3, 2)).months()]
        [1, 2, 3]
        """
        first = self.start.replace(day=1)
        count = 12 * (self.end.year - first.year) + self.end.month - first.month + 1
        return [_add_months(first, index) for index in range(count)]

    def days_of(self, month: date) -> int:
        """How many days of the month are in the period.

        >>> Period(date(2026, 1, 15), date(2026, 3, 2)).days_of(date(2026, 3, 1))
        2
        """
        first = max(self.start, month.replace(day=1))
        last = min(self.end, month.replace(day=days_in_month(month)))
        return max(0, (last - first).days + 1)

    @property
    def name(self) -> str:
        """What the period is called: a year, a quarter, a month, else its first and last day.

        >>> Period(date(2026, 10, 1), date(2026, 12, 31)).name
        'Q4 2026'
        >>> Period(date(2026, 2, 1), date(2026, 2, 28)).name
        'Feb 2026'
        """
        begins = self.start.day == 1 and self.end.day == days_in_month(self.end)
        months = len(self.months()) if begins and self.start.year == self.end.year else 0
        if months == 12:
            return str(self.start.year)
        if months == 3 and self.start.month % 3 == 1:
            return f"Q{self.end.month // 3} {self.end.year}"
        if months == 1:
            return f"{calendar.month_abbr[self.start.month]} {self.start.year}"
        return self.describe()

    def describe(self) -> str:
        """The period in words.

        >>> Period(date(2026, 1, 1), date(2026, 3, 31)).describe()
        '1 Jan 2026 to 31 Mar 2026'
        """
        return f"{in_words(self.start)} to {in_words(self.end)}"


def in_words(day: date) -> str:
    """A date as it stands in a sentence.

    >>> in_words(date(2026, 11, 2))
    '2 Nov 2026'
    """
    return f"{day.day} {calendar.month_abbr[day.month]} {day.year}"


def days_in_month(day: date) -> int:
    """How many days the month of the day has.

    >>> days_in_month(date(2028, 2, 1))
    29
    """
    return calendar.monthrange(day.year, day.month)[1]


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, days_in_month(date(year, month + 1, 1))))
