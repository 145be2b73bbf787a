"""The periods that can be chosen by name, counted from the last day the data speaks of."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from enum import StrEnum

from metrics.horizon import Horizon
from metrics.period import Period


class Preset(StrEnum):
    """A period by name. The value is what people read, also in the address of a page."""

    THIS_QUARTER = "This quarter"
    LAST_QUARTER = "Last quarter"
    LAST_90_DAYS = "Last 90 days"
    LAST_12_MONTHS = "Last 12 months"
    YEAR_TO_DATE = "Year to date"
    THIS_YEAR = "This year"
    ALL_DATA = "All data"
    CUSTOM = "Custom"


_LAST = re.compile(r"last (\d{1,4}) (day|week|month)s?")

_YEAR = re.compile(r"\d{4}")

_QUARTER = re.compile(r"(\d{4})[ -]?q([1-4])|q([1-4])[ -]?(\d{4})")

_MONTHS = [name.casefold() for name in calendar.month_name[1:]]

_MONTH = re.compile(rf"({'|'.join(f'{name}|{name[:3]}' for name in _MONTHS)}) (\d{{4}})")


def period_of(preset: Preset, loaded: Horizon) -> Period:
    """The days of a preset; for CUSTOM the ones to start from.

    >>> loaded = Horizon(date(2024, 1, 1), date(2026, 2, 15))
    >>> period_of(Preset.LAST_QUARTER, loaded).describe()
    '1 Oct 2025 to 31 Dec 2025'
    >>> period_of(Preset.LAST_12_MONTHS, loaded).describe()
    '1 Feb 2025 to 31 Jan 2026'
    >>> period_of(Preset.LAST_90_DAYS, loaded).describe()
    '18 Nov 2025 to 15 Feb 2026'
    """
    last = loaded.last
    if preset is Preset.THIS_QUARTER:
        return _quarter(last)
    if preset is Preset.LAST_QUARTER:
        return _quarter(last).previous()
    if preset is Preset.LAST_90_DAYS:
        return Period(last - timedelta(days=89), last)
    if preset is Preset.YEAR_TO_DATE:
        return Period(date(last.year, 1, 1), last)
    if preset is Preset.THIS_YEAR:
        return Period(date(last.year, 1, 1), date(last.year, 12, 31))
    if preset is Preset.LAST_12_MONTHS:
        return loaded.whole_months(12)
    return loaded.default_period if preset is Preset.CUSTOM else loaded.everything


def named_periods(loaded: Horizon) -> dict[str, Period]:
    """The quarters and then the months of the loaded days by name, the latest of each first.

    >>> list(named_periods(Horizon(date(2025, 12, 3), date(2026, 1, 15))))
    ['Q1 2026', 'Q4 2025', 'January 2026', 'December 2025']
    """
    months = [Period(each, _month_end(each)) for each in loaded.everything.months()]
    quarters = {f"Q{(each.start.month + 2) // 3} {each.start:%Y}": each.start for each in months}
    found = {name: _quarter(day) for name, day in reversed(quarters.items())}
    return found | {f"{each.start:%B %Y}": each for each in reversed(months)}


def typed_period(text: str, loaded: Horizon) -> Period | None:
    """The days that somebody typed: a year, quarter, month, day, or from one to another; the last
    so many days, weeks or whole months. None where it says no days. A quarter or month without a
    year is the latest that has begun.

    >>> loaded = Horizon(date(2024, 1, 1), date(2026, 8, 15))
    >>> for text in ("q2 2026", "2026-Q2", "2026-04..2026-06", "Apr to June 2026", "last 30 days"):
    ...     print(typed_period(text, loaded).describe())
    1 Apr 2026 to 30 Jun 2026
    1 Apr 2026 to 30 Jun 2026
    1 Apr 2026 to 30 Jun 2026
    1 Apr 2026 to 30 Jun 2026
    17 Jul 2026 to 15 Aug 2026
    >>> typed_period("soon", loaded) is None
    True
    """
    text = " ".join(text.casefold().split())
    if found := _LAST.fullmatch(text):
        return _last(int(found[1]), found[2], loaded)
    if not _YEAR.search(text):
        latest = (_named(f"{text} {loaded.last.year - before}") for before in (0, 1))
        begun = [each for each in latest if each and each.start <= loaded.last]
        return begun[0] if begun else None
    start, apart, end = text.partition("..")
    if not apart:
        start, apart, end = text.partition(" to ")
    if not apart:
        return _named(text)
    year = _YEAR.search(end)
    if year and not _YEAR.search(start):
        start = f"{start} {year[0]}"
    first, last = _named(start.strip()), _named(end.strip())
    return Period(first.start, last.end) if first and last and first.start <= last.end else None


def _last(number: int, unit: str, loaded: Horizon) -> Period | None:
    if not 0 < number < 10_000:
        return None
    if unit == "month":
        return loaded.whole_months(number)
    days, last = number * (7 if unit == "week" else 1), loaded.last
    return Period(last - timedelta(days=days - 1), last)


def _named(text: str) -> Period | None:
    """A year, quarter, month or day by its name or digits."""
    if re.fullmatch(r"\d{4}", text):
        first, last = _day(f"{text}-01"), _day(f"{text}-12")
        return Period(first, _month_end(last)) if first and last else None
    if found := _QUARTER.fullmatch(text):
        year, number = found[1] or found[4], found[2] or found[3]
        start = _day(f"{year}-{3 * int(number) - 2:02}")
        return _quarter(start) if start else None
    if found := _MONTH.fullmatch(text):
        text = f"{found[2]}-{_month_number(found[1]):02}"
    day = _day(text)
    if day is None:
        return None
    return Period(day, day if len(text) == len("2026-01-31") else _month_end(day))


def _month_number(name: str) -> int:
    return next(place for place, each in enumerate(_MONTHS, start=1) if each.startswith(name))


def _day(text: str) -> date | None:
    """A day, or the first of a month."""
    try:
        return date.fromisoformat(text if len(text) > len("2026-01") else f"{text}-01")
    except ValueError:
        return None


def period_named(text: str, loaded: Horizon) -> Period | None:
    """The days of a preset by its name, or those that somebody typed.

    None where it says no days, or none of the years that are loaded.

    >>> loaded = Horizon(date(2026, 1, 1), date(2026, 2, 15))
    >>> period_named("All data", loaded).days, period_named("Q4 1925", loaded)
    (46, None)
    """
    if text in list(Preset):
        return period_of(Preset(text), loaded)
    typed, years = typed_period(text, loaded), selectable(loaded)
    return typed if typed and typed.start <= years.end and typed.end >= years.start else None


def default_preset(loaded: Horizon) -> Preset:
    """The preset that is the default period of the loaded data."""
    is_everything = loaded.default_period == loaded.everything
    return Preset.ALL_DATA if is_everything else Preset.LAST_12_MONTHS


def selectable(loaded: Horizon) -> Period:
    """The days between which a custom period can be chosen: whole years of data."""
    return Period(date(loaded.first.year, 1, 1), date(loaded.last.year, 12, 31))


def _quarter(day: date) -> Period:
    first_month = 3 * ((day.month - 1) // 3) + 1
    return Period(date(day.year, first_month, 1), _month_end(date(day.year, first_month + 2, 1)))


def _month_end(day: date) -> date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
