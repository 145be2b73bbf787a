"""Days and times that stand in a text, such as the name of a file or a line above a header.

Only what can be nothing else is one: a number of eight digits that is a day, but not the year and
month of a longer number; `27.03.2026`, but `03-04-2026` only as two readings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache


@dataclass(frozen=True, slots=True)
class Found:
    """A day in a text, as written, with every reading of it, and the time beside it if any."""

    written: str
    readings: tuple[date, ...]
    time: time | None = None
    """With a zone where the text names an offset."""

    @property
    def day(self) -> date | None:
        """The day, where there is one reading."""
        return self.readings[0] if len(self.readings) == 1 else None

    @property
    def moment(self) -> datetime | None:
        """The day and its time, where both are known."""
        if self.day is None or self.time is None:
            return None
        return datetime.combine(self.day, self.time)


def days_in(text: str) -> tuple[Found, ...]:
    """The days that stand in a text, in their order.

    >>> [each.day.isoformat() for each in days_in("项目报表_20260301-20260303")]
    ['2026-03-01', '2026-03-03']
    >>> days_in("contacts_2026-03-20T101500")[0].moment.isoformat()
    '2026-03-20T10:15:00'
    >>> days_in("deals-9931-2026032700001"), len(days_in("03-04-2026")[0].readings)
    ((), 2)
    """
    return tuple(_found(text))


def _found(text: str) -> Iterator[Found]:
    for match in _days().finditer(text):
        readings = tuple(dict.fromkeys(_readings(match)))
        if not readings:
            continue
        after = match.end()
        at = _time(text, after)
        yield Found(match[0].strip(" _-.,"), readings, at)


def _readings(match: re.Match[str]) -> Iterator[date]:
    """Every day that a match can be; of dots between the numbers, the day comes first."""
    named = {name: value for name, value in match.groupdict().items() if value is not None}
    match match.lastgroup:
        case "compact" | "parts" | "east" as form:
            yield from _day(*(named[f"{form}_{part}"] for part in "ymd"))
        case "dotted":
            first, second = named["f1"], named["f2"]
            day_first = tuple(_day(named["fy"], second, first))
            yield from day_first or _day(named["fy"], first, second)
        case "parted":
            yield from _day(named["py"], named["p2"], named["p1"])
            yield from _day(named["py"], named["p1"], named["p2"])
        case "day_month":
            yield from _day(named["ay"], str(_MONTHS[_word(named["am"])]), named["ad"])
        case "month_day":
            yield from _day(named["by"], str(_MONTHS[_word(named["bm"])]), named["bd"])


def _day(year: str, month: str, day: str) -> Iterator[date]:
    full = int(year) if len(year) == 4 else 2000 + int(year)
    try:
        yield date(full, int(month), int(day))
    except ValueError:
        return


def _time(text: str, start: int) -> time | None:
    """The time of day that follows a day."""
    found = _TIME.match(text, start)
    if found is None:
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    if half := (found["half"] or "").casefold().replace(".", ""):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return time(hour, minute, second, tzinfo=_zone(found["zone"]))


def _zone(written: str | None) -> timezone | None:
    if not written:
        return None
    digits = re.sub(r"\D", "", written)
    if not digits:
        return UTC
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    if offset >= timedelta(hours=24):
        return None
    return timezone(-offset if written.startswith("-") else offset)


_TIME = re.compile(
    r"""(?:T|,?\s*(?:at|um|à|alle|a\ las|às)\s+|[\s,_-]{1,3})?
    (?P<hour>\d{1,2}(?=[:.h时時點点_-])|\d{2})(?:[:.h时時點点_-]|(?=\d))
    (?P<minute>\d{2})(?:分|[:.m_-]?(?P<second>\d{2})(?:[.,]\d+)?秒?)?
    (?:\s?(?P<half>[AaPp]\.?[Mm]\b\.?))?\s?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d{2}:?\d{2})?
    (?!\d|[-_.:/~]\d)""",
    re.VERBOSE,
)

_NAMES = """
1 january jan januar jänner janvier janv enero ene janeiro gennaio gen januari
2 february feb februar février fevrier févr fevr febrero fevereiro fev febbraio februari
3 march mar märz maerz mrz mars marzo março marco maart mrt
4 april apr avril avr abril abr aprile
5 may mai mayo maio maggio mag mei
6 june jun juni juin junio junho giugno giu
7 july jul juli juillet juil julio julho luglio lug
8 august aug août aout agosto ago augustus
9 september sep sept septembre septiembre setembro set settembre
10 october oct oktober okt octobre octubre outubro out ottobre ott
11 november nov novembre noviembre novembro
12 december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre
"""

_MONTHS = {
    name: int(number)
    for number, *names in (line.split() for line in _NAMES.strip().splitlines())
    for name in names
}


def _word(written: str) -> str:
    return written.casefold()


@cache
def _days() -> re.Pattern[str]:
    months = "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))
    year = r"(?:20\d\d)"
    return re.compile(
        rf"""
        (?P<compact>(?<!\d)(?P<compact_y>{year})(?P<compact_m>[01]\d)(?P<compact_d>[0-3]\d)
            (?=\D|$|\d{{4}}(?!\d)|\d{{6}}(?!\d)))
        |(?P<parts>(?<![\d.])(?P<parts_y>{year})(?P<mark>[-_./])(?P<parts_m>\d{{1,2}})(?P=mark)
            (?P<parts_d>\d{{1,2}})(?!\d))
        |(?P<east>(?<!\d)(?P<east_y>{year})\s*[年년]\s*(?P<east_m>\d{{1,2}})\s*[月월]\s*
            (?P<east_d>\d{{1,2}})\s*[日号號일]?)
        |(?P<dotted>(?<![\d.vV])(?P<f1>\d{{1,2}})\.\s?(?P<f2>\d{{1,2}})\.\s?(?P<fy>{year})(?!\d|\.\d))
        |(?P<parted>(?<![\d./-])(?P<p1>\d{{1,2}})(?P<p>[-_/])(?P<p2>\d{{1,2}})(?P=p)(?P<py>{year})
            (?!\d|(?P=p)\d))
        |(?P<day_month>(?<!\d)(?P<ad>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s_.-]*(?:de\s|of\s)?
            (?P<am>{months})(?![a-zà-ÿ])[\s_.,-]*(?:de\s|del\s)?(?P<ay>{year})(?!\d))
        |(?P<month_day>(?<![a-zà-ÿ])(?P<bm>{months})[\s_.-]*(?P<bd>\d{{1,2}})(?:st|nd|rd|th)?
            [\s_.,-]+(?P<by>{year})(?!\d))
        """,
        re.VERBOSE | re.IGNORECASE,
    )
