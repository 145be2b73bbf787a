"""The ways in which a column's values can be read: dates by format, numbers by their marks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loaders.forms.dates import day_in, in_words
from loaders.proposing.evidence import Evidence, Look, digits_of


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read values: what a mapping says for it, and what it makes of an example."""

    says: str | dict[str, str]
    example: str
    means: str


def either(readings: Sequence[Reading]) -> str:
    """What an example may mean, in words, for somebody who has to choose.

    >>> days = ("3 April 2026", "4 March 2026")
    >>> either([Reading("%d/%m", "03/04/2026", day) for day in days])
    '03/04/2026 is 3 April 2026 or 4 March 2026'
    """
    return f"{readings[0].example} is {' or '.join(each.means for each in readings)}"


def date_readings(evidence: Evidence) -> tuple[Reading, ...]:
    """The formats that make different days of the values; one where they do not differ.

    >>> from loaders.proposing.evidence import evidence
    >>> either(date_readings(evidence(["03/04/2026", "05/04/2026"])))
    '03/04/2026 is 3 April 2026 or 4 March 2026'
    >>> [each.says for each in date_readings(evidence(["03/04/2026", "13/04/2026"]))]
    ['%d/%m/%Y']
    """
    if evidence.look is not Look.DATE or not evidence.formats:
        return ()
    days = {form: [day_in(text, form) for text in evidence.distinct] for form in evidence.formats}
    told = [at for at in range(len(evidence.distinct)) if all(each[at] for each in days.values())]
    kinds = {tuple(each[at] for at in told): form for form, each in reversed(days.items())}
    if len(kinds) < 2:
        form = evidence.formats[0]
        fitting = ((text, day) for text in evidence.distinct if (day := day_in(text, form)))
        example, day = next(fitting, ("", None))
        return (Reading(form, example, in_words(day) if day else ""),)
    shown = max(range(len(told)), key=lambda at: len({each[at] for each in kinds}))
    example = evidence.distinct[told[shown]]
    readings = [
        Reading(form, example, in_words(day))
        for each, form in kinds.items()
        if (day := each[shown])
    ]
    return tuple(sorted(readings, key=lambda reading: evidence.formats.index(str(reading.says))))


def as_its_siblings(header: str, seen: Mapping[str, Evidence]) -> Evidence:
    """What a column of dates looks like, where two formats fit and another column shows which.

    An export writes all of its days in one way.
    """
    own = seen[header]
    if len(date_readings(own)) < 2:
        return own
    settled = {
        _day_of(sibling.formats[0])
        for sibling in seen.values()
        if sibling.look is Look.DATE and len(date_readings(sibling)) == 1
    }
    shared = tuple(form for form in own.formats if _day_of(form) in settled)
    days = {_day_of(form) for form in shared}
    return own.reading_as(shared) if len(days) == 1 else own


def _day_of(form: str) -> str:
    """The part of a format that is the day: up to the year, whatever comes after."""
    return re.split(r"(?<=%[dmbYy日]),?[ T]%[HI]", form, maxsplit=1)[0]


_CONVENTIONS = ((".", ","), (",", "."), (".", "'"), (",", " "), (".", " "))
"""Decimal and thousands marks that are used together."""


def number_readings(
    columns: Iterable[Evidence], whole: Iterable[Evidence] = ()
) -> tuple[Reading, ...]:
    """The marks that make different numbers of all columns' values; none where no marks fit all.

    Numbers of `whole` columns, such as clicks, have no decimals, which shows the mark of thousands.

    >>> from loaders.proposing.evidence import evidence
    >>> either(number_readings([evidence(["R$ 100.000", "R$ 35.500"])]))
    'R$ 100.000 is 100.000 or 100000'
    >>> [each.says for each in number_readings([evidence(["1.200", "0,5"])])]
    [{'decimal': ',', 'thousands': '.'}]
    """
    counts = [text for each in whole for text in each.distinct]
    texts = [*(text for each in columns for text in each.distinct), *counts]
    numbers = [(text, digits) for text in texts if (digits := digits_of(text)) is not None]
    counts = [text for text in counts if digits_of(text) is not None]
    kinds: dict[tuple[str, ...], dict[str, str]] = {}
    for decimal, thousands in _CONVENTIONS:
        values = [_value(digits, decimal, thousands) for _, digits in numbers]
        plain = tuple(value for value in values if value is not None)
        in_parts = any("." in value for value in plain[len(plain) - len(counts) :] if counts)
        if len(plain) == len(numbers) and not in_parts:
            kinds.setdefault(plain, _marks([digits for _, digits in numbers], decimal, thousands))
    if not numbers or not kinds:
        return ()
    place = max(range(len(numbers)), key=lambda at: len({values[at] for values in kinds}))
    return tuple(
        Reading(marks, numbers[place][0], values[place]) for values, marks in kinds.items()
    )


def _value(digits: str, decimal: str, thousands: str) -> str | None:
    """The number in plain digits, if it can be written with these marks."""
    grouped = rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+(?:{re.escape(decimal)}\d+)?"
    plain = rf"\d+(?:{re.escape(decimal)}\d*)?"
    if re.fullmatch(f"{grouped}|{plain}", digits) is None:
        return None
    whole, _, part = digits.replace(thousands, "").partition(decimal)
    return f"{whole}.{part}" if part else whole


def _marks(numbers: Sequence[str], decimal: str, thousands: str) -> dict[str, str]:
    """What [read] says for a convention: the marks that differ from the usual and are seen."""
    marks = {"decimal": decimal}
    if any(thousands in digits for digits in numbers):
        marks["thousands"] = thousands
    return marks
