"""The periods that can be chosen by name, counted from the last day the data speaks of."""

from __future__ import annotations

import calendar
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


def period_of(preset: Preset, loaded: Horizon) -> Period:
    """The days of a preset; for CUSTOM the ones to start from.

    >>> loaded = Horizon(date(2024, 1, 1), date(2026, 2, 15))
    >>> period_of(Preset.LAST_QUARTER, loaded).describe()
    '1 Oct 2025 to 31 Dec 2025'
    >>> period_of(Preset.LAST_12_MONTHS, loaded).describe()
    '1 Mar 2025 to 28 Feb 2026'
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
        start = Period(last.replace(day=1), last).last_year().start
        return Period(_next_month(start), _month_end(last))
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


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
