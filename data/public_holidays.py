"""Public holidays by country, and by part of one: the only module that knows where they come from.

A calendar is named by the ISO 3166 code of a country (`DE`), or of a part of one (`DE-BY`).
"""

from __future__ import annotations

from datetime import date
from functools import cache

import holidays
from babel import Locale

from data.errors import did_you_mean


@cache
def known_holidays() -> frozenset[str]:
    """The codes of all countries and parts whose holidays are known.

    >>> {"DE", "DE-BY", "CN"} <= known_holidays()
    True
    """
    listed = holidays.list_supported_countries()
    parts = {f"{country}-{part}" for country, parts in listed.items() for part in parts}
    return frozenset(listed) | parts


def checked_holidays(code: str) -> str:
    """The code; ValueError where its holidays are not known.

    >>> checked_holidays("XX")
    Traceback (most recent call last):
    ...
    ValueError: the holidays of 'XX' are not known. Give a country as two letters, such as DE
    """
    if code not in known_holidays():
        countries = (each for each in known_holidays() if "-" not in each)
        raise ValueError(
            f"the holidays of {code!r} are not known.{did_you_mean(code, sorted(countries))}"
            " Give a country as two letters, such as DE"
        )
    return code


@cache
def _calendar(code: str) -> holidays.HolidayBase:
    country, _, part = code.partition("-")
    return holidays.country_holidays(country, subdiv=part or None)


def is_free(code: str, day: date) -> bool:
    """Whether a day is a public holiday.

    >>> is_free("DE", date(2026, 5, 1))
    True
    """
    return day in _calendar(code)


def is_made_working(code: str, day: date) -> bool:
    """Whether a government makes a day of a weekend a working day, to make up for holidays.

    >>> is_made_working("CN", date(2025, 1, 26))
    True
    """
    calendar = _calendar(code)
    return day not in calendar and day in calendar.weekend_workdays


@cache
def countries() -> dict[str, str]:
    """The countries whose holidays are known: their ISO 3166 codes by their English names, sorted.

    >>> countries()["Germany"], countries()["China"]
    ('DE', 'CN')
    """
    names = Locale("en").territories
    known = {names[code]: code for code in holidays.list_supported_countries() if code in names}
    return dict(sorted(known.items()))
