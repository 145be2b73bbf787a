"""What a column's values look like: dates and their format, amounts and their marks, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from loaders.forms.dates import TwoReadings, formats_of, usual_formats
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
    """Formats that fit every date, or that together do; none where all are of the usual form."""
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


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

_PHONE = re.compile(r"(?:[a-z]:\+|\+)?[\d\s().\-/]{7,20}(?:\s*(?:x|ext\.?)\s*\d+)?")

_URL = re.compile(r"(?i)https?://\S+|www\.\S+|/[\w%/.\-]*(?:\?\S*)?")

_DOMAIN = re.compile(r"(?i)(?:[a-z0-9-]+\.)+[a-z]{2,}")

_CODE = re.compile(
    r"(?=\D*+\d)[A-Za-z0-9_\-:.]*+\d?[A-Za-z0-9_\-:.]*+|[0-9a-f]{8,}|[A-Za-z0-9+/=_\-]{20,}"
)

_TIME_OF_DAY = re.compile(r"(?i)\d{1,2}[:h时時]\d{2}(?:[:分]\d{2})?[秒分]?\s?(?:[ap]\.?m\.?)?")
"""A time without its day, which is no id however different the values are."""

_BOOLEANS = frozenset({"true", "false", "yes", "no", "y", "n", "t", "f", "是", "否", "0", "1"})

_UNITS = "|".join(
    re.escape(unit) for unit in sorted((*SYMBOLS, *currency_codes()), key=len, reverse=True)
)

_SCALES = "|".join(re.escape(scale) for scale in sorted(SCALES, key=len, reverse=True))

_DIGITS = r"\d[\d.,'’ \u00a0\u202f]*"

_MINUS = "[-+−–－▲△]"

_AMOUNT = re.compile(
    rf"(?i)[(（]?{_MINUS}?\s?(?P<before>{_UNITS})?\s?{_MINUS}?(?P<number>{_DIGITS}?)\s?"
    rf"(?P<scale>{_SCALES})?\s?(?:{_MINUS}|[)）])?\s?(?P<after>{_UNITS})?(?:{_MINUS}|%)?[)）]?"
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
    if (share := _share(distinct, _TIME_OF_DAY)) >= _MOSTLY:
        return Evidence(Look.TEXT, share, distinct=distinct)
    if set(map(str.lower, distinct)) <= _BOOLEANS and len(distinct) <= 2:
        return Evidence(Look.BOOLEAN, distinct=distinct)
    if (formats := _dates(distinct)) is not None:
        return Evidence(Look.DATE, formats=formats, distinct=distinct)
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


def _dates(texts: tuple[str, ...]) -> tuple[str, ...] | None:
    """The formats of dates that are not in the usual form; None where texts are no dates.

    Where one text is one day in one format and another in another, they are all that fit.
    """
    if not all(any(letter.isdigit() for letter in text) for text in texts):
        return None
    if all(text.isdigit() and len(text) != 8 for text in texts):
        return None
    if not any(_is_time(text) for text in texts[:_FIRST_LOOK]):
        return None
    unusual = [text for text in texts if not usual_formats((text,))]
    shown = formats_of(unusual)
    if not all(map(formats_of, ([text] for text in unusual))):
        return None
    if isinstance(shown, TwoReadings):
        return shown.formats
    return shown if shown or not unusual else None


def _is_time(text: str) -> bool:
    return bool(usual_formats((text,)) or formats_of([text]))


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
