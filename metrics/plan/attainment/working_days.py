"""Working days: how far a month has come."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

from data.errors import MetricError, did_you_mean
from metrics.period import Period

_SATURDAY = 5


def working_days(period: Period, country: str | None = None) -> int:
    """How many working days does the period have?

    Monday to Friday; without the public holidays of the country where its ISO 3166 code is given.
    Raises MetricError for a country whose holidays are not known.

    >>> january = Period(date(2026, 1, 1), date(2026, 1, 31))
    >>> working_days(january), working_days(january, "DE")
    (22, 21)
    """
    free = _holidays(country) if country else None
    days = (period.start + timedelta(days=passed) for passed in range(period.days))
    return sum(day.weekday() < _SATURDAY and (free is None or day not in free) for day in days)


@cache
def _holidays(country: str) -> holidays.HolidayBase:
    known = holidays.list_supported_countries()
    if country not in known:
        raise MetricError(
            f"the holidays of {country!r} are not known.{did_you_mean(country, known)}"
            " Give a country as two letters, such as DE"
        )
    return holidays.country_holidays(country)


def passed_share(month: Period, until: date, country: str | None = None) -> float:
    """Which share of the month's working days is over by the end of a day?

    By calendar days where the month has no working day.

    >>> january = Period(date(2026, 1, 1), date(2026, 1, 31))
    >>> passed_share(january, date(2026, 1, 15)), passed_share(january, date(2025, 12, 31))
    (0.5, 0.0)
    """
    if until < month.start:
        return 0.0
    if until >= month.end:
        return 1.0
    passed = Period(month.start, until)
    whole = working_days(month, country)
    return working_days(passed, country) / whole if whole else passed.days / month.days
