"""What a column's values look like: dates and their format, amounts and their marks, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from loaders.language.spellings import SCALES, SYMBOLS, currency_codes


class Look(StrEnum):
    """What most values of a column look like."""

    EMPTY = "empty"
    DATE = "dates"
    EMAIL = "e-mail addresses"
    PHONE = "phone numbers"
    URL = "web addresses"
    DOMAIN = "domains"
    BOOLEAN = "yes and no"
    CURRENCY = "currency codes"
    AMOUNT = "amounts"
    NUMBER = "numbers"
    CODE = "ids"
    PATH = "paths"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a column's values say. `share` is how many of them fit the look, 0 to 1."""

    look: Look
    share: float = 1.0
    formats: tuple[str, ...] = ()
    """Date formats that fit every value; none where they are of the usual form."""
    scaled: bool = False
    marks: tuple[str, ...] = ()
    """What stands between the touches of paths."""
    units: bool = False
    """Whether the numbers name their currency."""
    distinct: tuple[str, ...] = ()
    filled: float = 1.0
    """The share of the rows that have a value."""
    unique: float = 1.0
    """Different values for each row that has one; rows that are equal in all columns count once."""
    people: bool = False
    """Whether one of the values stands in rows of several people."""
    several_of: tuple[str, ...] = ()
    """Headers of columns of texts or ids of which one value has several of these."""

    def reading_as(self, formats: tuple[str, ...]) -> Evidence:
        """The same dates, of which it is known in which formats they are written."""
        return replace(self, formats=formats)


ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S%z", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f%z",
    "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S UTC", "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")  # fmt: skip

_DAYS = ("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y年%m月%d日", "%d %b, %Y",
    "%d %b %Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%m/%d/%y",
    "%d/%m/%y", "%d.%m.%y", "%y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d. %m. %Y")  # fmt: skip

_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %I:%M %p",
    "T%H:%M:%S")  # fmt: skip

FORMATS = (
    *(f"{day}{time}" for day in _DAYS for time in _TIMES),
    "%Y-%m-%d %H:%M:%S %z",
    "%m/%d/%Y %I:%M%p",
    "%d/%m/%Y %I:%M%p",
)


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

_PHONE = re.compile(r"(?:[a-z]:\+|\+)?[\d\s().\-/]{7,20}(?:\s*(?:x|ext\.?)\s*\d+)?")

_URL = re.compile(r"(?i)https?://\S+|www\.\S+|/[\w%/.\-]*(?:\?\S*)?")

_DOMAIN = re.compile(r"(?i)(?:[a-z0-9-]+\.)+[a-z]{2,}")

_CODE = re.compile(
    r"(?=\D*+\d)[A-Za-z0-9_\-:.]*+\d?[A-Za-z0-9_\-:.]*+|[0-9a-f]{8,}|[A-Za-z0-9+/=_\-]{20,}"
)

_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f", "是", "否", "0", "1"})

_UNITS = "|".join(
    re.escape(unit) for unit in sorted((*SYMBOLS, *currency_codes()), key=len, reverse=True)
)

_SCALES = "|".join(re.escape(scale) for scale in sorted(SCALES, key=len, reverse=True))

_DIGITS = r"\d[\d.,'’ \u00a0\u202f]*"

_AMOUNT = re.compile(
    rf"(?i)\(?[-+−]?\s?(?P<before>{_UNITS})?\s?[-+−]?(?P<number>{_DIGITS}?)\s?(?P<scale>{_SCALES})?"
    rf"\s?(?P<after>{_UNITS})?[-−%]?\)?"
)

_LONGEST_NUMBER = 100
"""Characters of the longest text that is looked at as a date, an amount or a phone number."""


_MOSTLY = 0.8

_FIRST_LOOK = 5
"""Texts of which one must be a date before all are looked at."""


def evidence(values: Sequence[str]) -> Evidence:
    """What do values, trimmed and without empty ones, look like?

    >>> evidence(["31.01.2024", "05.02.2024"]).formats
    ('%d.%m.%Y',)
    >>> evidence(["1.117,10 €", "12,00 €"]).look.value
    'amounts'
    """
    distinct = tuple(dict.fromkeys(values))
    if not distinct:
        return Evidence(Look.EMPTY, 0.0)
    for look, pattern in (
        (Look.EMAIL, _EMAIL),
        (Look.URL, _URL),
        (Look.DOMAIN, _DOMAIN),
    ):
        share = _share(distinct, pattern)
        if share >= _MOSTLY:
            return Evidence(look, share, distinct=distinct)
    if set(map(str.lower, distinct)) <= _BOOLEANS and len(distinct) <= 2:
        return Evidence(Look.BOOLEAN, distinct=distinct)
    if formats := _dates(distinct):
        plain = formats if set(formats).isdisjoint(ISO) else ()
        return Evidence(Look.DATE, formats=plain, distinct=distinct)
    if all(text.upper() in currency_codes() for text in distinct):
        return Evidence(Look.CURRENCY, distinct=distinct)
    matches = [match for text in distinct if (match := _amount(text))]
    share = len(matches) / len(distinct)
    if share >= _MOSTLY:
        return _numbers(distinct, matches, share)
    if (share := _share(distinct, _PHONE)) >= _MOSTLY:
        return Evidence(Look.PHONE, share, distinct=distinct)
    if (share := _share(distinct, _CODE)) >= _MOSTLY:
        return Evidence(Look.CODE, share, distinct=distinct)
    if marks := _path_marks(distinct):
        return Evidence(Look.PATH, marks=marks, distinct=distinct)
    return Evidence(Look.TEXT, distinct=distinct)


_ARROWS = ("→", "->", "=>", "»", ">")

_PATHS_AT_LEAST = 0.3
"""Of the values of paths, so many have more than one touch."""


def _path_marks(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The arrows that stand between words in enough of the texts; the first kind that does."""
    for mark in _ARROWS:
        share = _share(texts, re.compile(rf".*\w\W*{re.escape(mark)}\W*\w.*", re.DOTALL))
        if share >= _PATHS_AT_LEAST:
            return (mark,)
    return ()


def list_marks(evidence: Evidence) -> tuple[str, ...]:
    """What seems to stand between the values that texts list: an arrow, else a usual mark.

    >>> list_marks(Evidence(Look.TEXT, distinct=("Email, Search", "Fair")))
    (',',)
    """
    if evidence.marks:
        return evidence.marks
    counted = [(sum(mark in text for text in evidence.distinct), mark) for mark in "|;,"]
    most, mark = max(counted, key=lambda each: each[0])
    return (mark,) if most else (">",)


def _amount(text: str) -> re.Match[str] | None:
    return _AMOUNT.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None


def _share(texts: tuple[str, ...], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.fullmatch(text)) for text in texts) / len(texts)


def _dates(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The formats that read all texts, or together do where no single one does."""
    if max(map(len, texts)) > _LONGEST_NUMBER:
        return ()
    if not all(any(letter.isdigit() for letter in text) for text in texts):
        return ()
    if all(text.isdigit() and len(text) != 8 for text in texts):
        return ()
    some = texts[:_FIRST_LOOK]
    if not any(_is_time(text, each) for each in (*ISO, *FORMATS) for text in some):
        return ()
    usual = tuple(each for each in ISO if any(_is_time(text, each) for text in texts))
    if usual and all(any(_is_time(text, each) for each in usual) for text in texts):
        return usual
    return tuple(each for each in FORMATS if all(_is_time(text, each) for text in texts))


def _is_time(text: str, form: str) -> bool:
    with suppress(ValueError):
        return 1970 <= datetime.strptime(text, form).year <= 2100
    return False


def _numbers(texts: tuple[str, ...], matches: list[re.Match[str]], share: float) -> Evidence:
    numbers = [match["number"].strip() for match in matches]
    units = any(match["before"] or match["after"] for match in matches)
    scaled = any(match["scale"] for match in matches)
    if not (units or scaled) and _share(texts, _PHONE) == 1 and _like_phones(texts):
        return Evidence(Look.PHONE, distinct=texts)
    marked = any(re.search(r"\D", number) for number in numbers)
    signed = any(re.match(r"[-+−(]", text) for text in texts)
    look = Look.AMOUNT if units or scaled or marked or signed else Look.NUMBER
    return Evidence(look, share, scaled=scaled, units=units, distinct=texts)


def digits_of(text: str) -> str | None:
    """The digits of a number with the marks between them; None where the text is no number.

    >>> digits_of("(R$ 1.500,00)"), digits_of("soon")
    ('1.500,00', None)
    """
    match = _amount(text)
    if match is None:
        return None
    number = re.sub("[\u00a0\u202f]", " ", match["number"].strip())
    return number.replace("’", "'")


def _like_phones(texts: tuple[str, ...]) -> bool:
    return all(
        9 <= sum(letter.isdigit() for letter in text) <= 15
        and (
            text[0] in "+("
            or text[1:3] == ":+"
            or "-" in text
            or " " in text
            or re.fullmatch(r"1[3-9]\d{9}", text)
        )
        for text in texts
    )
