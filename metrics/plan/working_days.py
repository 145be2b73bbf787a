"""Working days: how far a month has come, and how much of a year each month is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from data.errors import MetricError
from data.public_holidays import checked_holidays, is_free, is_made_working
from metrics.period import Period


class Week(StrEnum):
    """The days of a week on which people work."""

    MONDAY_TO_FRIDAY = "mon-fri"
    MONDAY_TO_SATURDAY = "mon-sat"
    SUNDAY_TO_THURSDAY = "sun-thu"
    EVERY_DAY = "all"

    @property
    def label(self) -> str:
        """The days in words.

        >>> Week.SUNDAY_TO_THURSDAY.label
        'Sunday to Thursday'
        """
        return self.name.replace("_", " ").lower().title().replace(" To ", " to ")

    @property
    def weekdays(self) -> frozenset[int]:
        """The days as numbers, Monday is 0."""
        match self:
            case Week.MONDAY_TO_FRIDAY:
                return frozenset(range(5))
            case Week.MONDAY_TO_SATURDAY:
                return frozenset(range(6))
            case Week.SUNDAY_TO_THURSDAY:
                return frozenset((6, 0, 1, 2, 3))
            case Week.EVERY_DAY:
                return frozenset(range(7))


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """On which days people work: those of a week, without the public holidays of a country.

    `country` is an ISO 3166 code. Days of a weekend that its government makes working days, to make
    up for holidays, count as such. Raises MetricError for a country whose holidays are not known.

    >>> january = Period(date(2026, 1, 1), date(2026, 1, 31))
    >>> WorkingDays().within(january), WorkingDays(country="DE").within(january)
    (22, 21)
    """

    week: Week = Week.MONDAY_TO_FRIDAY
    country: str | None = None

    def __post_init__(self) -> None:
        if self.country is None:
            return
        try:
            checked_holidays(self.country)
        except ValueError as unknown:
            raise MetricError(str(unknown)) from unknown

    def within(self, period: Period) -> int:
        """How many working days does the period have?"""
        return _within(self, period)

    def is_one(self, day: date) -> bool:
        """Whether people work on the day."""
        if self.country is None:
            return day.weekday() in self.week.weekdays
        if is_free(self.country, day):
            return False
        return day.weekday() in self.week.weekdays or is_made_working(self.country, day)

    def passed_share(self, month: Period, until: date) -> float:
        """Which share of the month's working days is over by the end of a day?

        By calendar days where the month has no working day.

        >>> january = Period(date(2026, 1, 1), date(2026, 1, 31))
        >>> days = WorkingDays()
        >>> days.passed_share(january, date(2026, 1, 15))
        0.5
        >>> days.passed_share(january, date(2025, 12, 31))
        0.0
        """
        if until < month.start:
            return 0.0
        if until >= month.end:
            return 1.0
        passed = Period(month.start, until)
        whole = self.within(month)
        return self.within(passed) / whole if whole else passed.days / month.days


@lru_cache(maxsize=8192)
def _within(working: WorkingDays, period: Period) -> int:
    """The working days of a period: the same parts of the same months are asked again and again."""
    days = (period.start + timedelta(days=passed) for passed in range(period.days))
    return sum(working.is_one(day) for day in days)


MONDAY_TO_FRIDAY = WorkingDays()
"""What is meant where nothing is said; no holidays."""
