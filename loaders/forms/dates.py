"""How dates and times are written: the formats that texts can have been written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache

ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S UTC", "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")  # fmt: skip
"""Formats that are always understood."""

_ORDERS = ("%d %m %Y", "%m %d %Y", "%d %m %y", "%m %d %y", "%y %m %d")

_NUMERIC = tuple(
    order.replace(" ", mark)
    for mark in ("/", "-", ".")
    for order in _ORDERS
    # With dots the day comes before the month wherever they are written.
    if mark != "." or not order.startswith("%m")
)

_DAYS = (*_NUMERIC, "%Y.%m.%d", "%Y. %m. %d", "%Y. %m. %d.", "%d. %m. %Y", "%Y%m%d", "%Y年%m月%d日",
    "%d %b, %Y", "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y",
    "%d. %B %Y", "%d. %b %Y", "%d %b %y", "%b %d %Y")  # fmt: skip

_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %I:%M%p", ", %H:%M",
    ", %H:%M:%S", ", %I:%M %p", ", %I:%M:%S %p", "T%H:%M:%S", " %H.%M", " %H时%M分",
    " %H時%M分")  # fmt: skip

FORMATS = (*(f"{day}{time}" for day in _DAYS for time in _TIMES), "%Y-%m-%d %H:%M:%S %z")
"""Formats that are looked for where a text is in none of the usual ones."""

LONGEST = 100
"""Characters of the longest text that is looked at as a date or a number."""


@dataclass(frozen=True, slots=True)
class TwoReadings:
    """A text that is one day in one format and another day in another, and so of its column."""

    text: str
    formats: tuple[str, ...]

    @property
    def readings(self) -> tuple[tuple[str, str], ...]:
        """Each format with the day that it makes of the text, in words.

        >>> TwoReadings("03/04/2026", ("%d/%m/%Y", "%m/%d/%Y")).readings
        (('%d/%m/%Y', '3 April 2026'), ('%m/%d/%Y', '4 March 2026'))
        """
        return tuple((each, in_words(datetime.strptime(self.text, each))) for each in self.formats)


def in_words(day: datetime) -> str:
    """A day as nobody can misread it."""
    return f"{day.day} {day:%B %Y}"


def day_in(text: str, form: str) -> datetime | None:
    """The time that a text is in a format of a mapping; None where it is none.

    >>> day_in("31.12.1955", "%-d.%m.%Y")
    datetime.datetime(1955, 12, 31, 0, 0)
    """
    if len(text) > LONGEST:
        return None
    with suppress(ValueError):
        return datetime.strptime(text, _FRACTION.sub("%f", form.replace("%-", "%")))
    return None


_FRACTION = re.compile("%[gn]")
"""Directives for fractions of a second that only the engine has."""


def is_written_as(text: str, form: str) -> bool:
    """Whether a text is a date of the years 1970 to 2100 in a format."""
    day = day_in(text, form)
    return day is not None and 1970 <= day.year <= 2100


def usual_formats(texts: Iterable[str]) -> tuple[str, ...]:
    """The always understood formats that together read all texts; none where they do not."""
    texts = tuple(texts)
    usual = tuple(each for each in ISO if any(is_written_as(text, each) for text in texts))
    if usual and all(any(is_written_as(text, each) for each in usual) for text in texts):
        return usual
    return ()


def formats_of(texts: Sequence[str]) -> tuple[str, ...] | TwoReadings:
    """In which formats are texts written, of one column and none of them in the usual form?

    Texts that look alike are in one format, and all of a column have day and month in the same
    order: what one text shows holds for all. Texts that no format reads say nothing. Two readings
    that fit all texts are given as such, with the text that shows the difference best.

    >>> formats_of(["3/10/2026", "3/19/2026", "1/22/2026, 9:05 AM"])
    ('%m/%d/%Y', '%m/%d/%Y, %I:%M %p')
    >>> formats_of(["3/10/2026", "4/11/2026"]).formats
    ('%d/%m/%Y', '%m/%d/%Y')
    """
    alike: dict[str, list[str]] = {}
    for text in texts:
        alike.setdefault(look_of(text), []).append(text)
    fitting = {look: fits for look, group in alike.items() if (fits := _fitting(group))}
    orders = [{_order(each) for each in fits} for fits in fitting.values()]
    common = set.intersection(*orders) if orders else set()
    found: dict[str, None] = {}
    for look, fits in fitting.items():
        agreeing = [each for each in fits if _order(each) in common] or fits
        if len({_order(each) for each in agreeing}) > 1:
            return _most_telling(alike[look], tuple(agreeing))
        found[agreeing[0]] = None
    return tuple(found)


def formats_like(texts: Iterable[str]) -> tuple[str, ...]:
    """The formats whose dates look like one of the texts; all of them where none does.

    >>> formats_like(["31.12.2026"])[:2]
    ('%d.%m.%Y', '%d.%m.%y')
    """
    looks = dict.fromkeys(map(look_of, texts))
    return tuple(each for look in looks for each in _by_look().get(look, ())) or FORMATS


def look_of(text: str) -> str:
    """What texts in one format have in common: all but their digits and words.

    >>> look_of("1/22/2026, 9:05 AM"), look_of("3. März 2026")
    ('0/0/0, 0:0 a', '0. a 0')
    """
    return re.sub(r"[0-9]+", "0", re.sub(r"[^\W\d_年月日时時分]+", "a", text))


def _order(form: str) -> str:
    """The order of day, month and year in a format; names of months leave no doubt."""
    return "".join(re.findall(r"%([dmYybB])", form)).replace("Y", "y")


def _fitting(texts: Sequence[str]) -> list[str]:
    """The formats that read all of those texts that any format reads."""
    formats = _by_look().get(look_of(texts[0]), ())
    read = [text for text in texts if any(is_written_as(text, each) for each in formats)]
    return [each for each in formats if read and all(is_written_as(text, each) for text in read)]


@cache
def _by_look() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for each in FORMATS:
        for zone in (timezone(timedelta(hours=1)), timezone(timedelta(hours=-1))):
            look = look_of(datetime(2011, 11, 11, 11, 11, 11, tzinfo=zone).strftime(each))
            found[look] = tuple(dict.fromkeys((*found.get(look, ()), each)))
    return found


def _most_telling(texts: Sequence[str], formats: tuple[str, ...]) -> TwoReadings:
    one_each = tuple({_order(each): each for each in reversed(formats)}.values())[::-1]
    read = [text for text in texts if all(is_written_as(text, each) for each in one_each)]
    days = {text: {datetime.strptime(text, each) for each in one_each} for text in read}
    return TwoReadings(max(read, key=lambda text: len(days[text])), one_each)


SERIALS = {"excel": datetime(1899, 12, 30), "excel-1904": datetime(1904, 1, 1)}
"""Ways to number days in a spreadsheet: the day that number 0 stands for."""

_SERIAL = re.compile(r"[0-9]{5}(?:[.,][0-9]+)?")

_FIRST_SERIAL, _LAST_SERIAL = 25_569, 73_051


def is_serial(text: str) -> bool:
    """Whether a text can be a spreadsheet's number of a day from 1970 to 2099.

    >>> is_serial("46083.3958333"), is_serial("1772611200"), is_serial("2026")
    (True, False, False)
    """
    return bool(_SERIAL.fullmatch(text)) and (
        _FIRST_SERIAL <= int(re.split("[.,]", text)[0]) < _LAST_SERIAL
    )


def serial_day(text: str, numbering: str = "excel") -> str:
    """The day of a spreadsheet's number, in words.

    >>> serial_day("46082.0"), serial_day("44620", "excel-1904")
    ('1 March 2026', '1 March 2026')
    """
    return in_words(serial_time(text, numbering))


def serial_time(text: str, numbering: str) -> datetime:
    """The beginning of the day of a spreadsheet's number."""
    return SERIALS[numbering] + timedelta(days=int(re.split("[.,]", text)[0]))
