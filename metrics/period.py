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

    def parts(self, months: int) -> tuple[Period, ...]:
        """The days in parts of so many calendar months; 0 leaves them whole.

        >>> for part in Period(date(2027, 2, 1), date(2027, 6, 30)).parts(3):
        ...     print(part.describe())
        1 Feb 2027 to 31 Mar 2027
        1 Apr 2027 to 30 Jun 2027
        """
        if not months:
            return (self,)
        first = self.start.replace(day=1)
        starts = [each for each in self.months() if (each.month - 1) % months == 0 or each == first]
        ends = [*(each - timedelta(days=1) for each in starts[1:]), self.end]
        return tuple(
            Period(max(each, self.start), last) for each, last in zip(starts, ends, strict=True)
        )

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
        """What the period is called: a year, a quarter, its months, else its first and last day.

        >>> Period(date(2026, 10, 1), date(2026, 12, 31)).name
        'Q4 2026'
        >>> Period(date(2026, 2, 1), date(2026, 2, 28)).name
        'Feb 2026'
        >>> Period(date(2025, 12, 1), date(2026, 11, 30)).name
        'Dec 2025 to Nov 2026'
        """
        if self.start.day != 1 or self.end.day != days_in_month(self.end):
            return self.describe()
        first, last, months = self.start, self.end, len(self.months())
        if months == 12 and first.month == 1:
            return str(first.year)
        if months == 3 and first.month % 3 == 1:
            return f"Q{last.month // 3} {last.year}"
        named = [f"{calendar.month_abbr[day.month]} {day.year}" for day in (first, last)]
        return named[0] if months == 1 else " to ".join(named)

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
