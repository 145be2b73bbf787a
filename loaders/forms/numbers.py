"""How numbers are written: the decimal and thousands marks that texts can have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import get_currency_precision

from loaders.language.spellings import SCALES, SHARED, SYMBOLS, currency_codes

SPACES = " \u00a0\u202f\u2009"
"""Spaces that stand between thousands; they are one mark."""

_DIGITS = rf"\d[\d.,'’{SPACES}]*"

_UNITS = "|".join(
    re.escape(unit) for unit in sorted((*SYMBOLS, "kr.", "kr", *currency_codes()), key=len)[::-1]
)

_SCALES = "|".join(re.escape(scale) for scale in sorted(SCALES, key=len)[::-1])

_NUMBER = re.compile(
    rf"(?i)[-+−–－▲△(（]*\s?(?:{_UNITS})?\s?[-+−–－▲△(（]*\s?(?P<number>{_DIGITS}?)\s?"
    rf"(?:{_SCALES})?\s?[-+−–－]?\s?(?:{_UNITS})?\s?[-+−–－%)）]*"
)

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Marks:
    """The marks of numbers: the one before decimals, and those that stand between thousands."""

    decimal: str = "."
    thousands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoValues:
    """A text that is one number with a decimal dot and another with a decimal comma."""

    text: str
    with_dot: str
    with_comma: str


def digits_in(text: str) -> str | None:
    """The digits of a number with their marks, without sign, currency and scale.

    >>> digits_in("(R$ 1.500,00)"), digits_in("−500"), digits_in("soon")
    ('1.500,00', '500', None)
    """
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    return match["number"].strip() if match else None


def plain(digits: str, decimal: str, *, whole: bool = False) -> tuple[str, str] | None:
    """Digits in plain marks and their thousands mark, if they can have this decimal mark.

    >>> plain("1.234,50", ","), plain("1.234,50", "."), plain("12,34,567.00", ".")
    (('1234.50', '.'), None, ('1234567.00', ','))
    """
    folded = re.sub(f"[{SPACES}]", " ", digits.replace("’", "'"))
    before, mark, after = folded.partition(decimal)
    if (mark and not re.fullmatch(r"\d*", after)) or (whole and after):
        return None
    for thousands in (",", ".", " ", "'"):
        if thousands == decimal or thousands not in before:
            continue
        shortest = 2 if thousands == "," else 3  # as in 12,34,567
        mark = re.escape(thousands)
        if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{mark}\d{{{shortest},3}})*{mark}\d{{3}}", before):
            return _value(before.replace(thousands, ""), after), thousands
        return None
    return (_value(before, after), "") if re.fullmatch(r"\d+", before) else None


def _value(before: str, after: str) -> str:
    return f"{before}.{after}" if after else before


def marks_of(
    texts: Mapping[str, int],
    *,
    decimal: str | None = None,
    whole: bool = False,
    fine: bool = False,
    dotted: int = 0,
    currency: str | None = None,
) -> Marks | TwoValues:
    """With which marks are the numbers of one column written? `texts` are they, with their rows.

    A number that only one decimal mark fits shows it for all, such as `1,234.50`, `12,5` and, in a
    column of `whole` numbers, `1.204`. Where nothing shows it and a number such as `1.200` has two
    values, both are given, and so they are where the numbers contradict each other. If they do
    without such a number, the more frequent decimal mark counts, the dot where they are equal. Of a
    `fine` column, such as one of rates, three digits after a dot are decimals. `decimal` is the
    mark where it is known beforehand, `dotted` how many more numbers show a decimal dot. Amounts in
    a currency that has no cents are whole where they can be: `currency` is that of those that name
    none.

    >>> marks_of({"(1,500.00)": 1, "2 000.00": 1, "1.200,00": 1})
    Marks(decimal='.', thousands=(',', ' '))
    >>> marks_of({"R$ 100.000": 4, "R$ 435.000": 1})
    TwoValues(text='R$ 100.000', with_dot='100.000', with_comma='100000')
    >>> marks_of({"12,000円": 1, "3,500円": 1}).thousands
    (',',)
    """
    shown: dict[str, dict[str, None]] = {".": {}, ",": {}}
    only = {".": dotted, ",": 0}
    doubtful: TwoValues | None = None
    for text, rows in texts.items():
        digits = digits_in(text)
        if digits is None:
            continue
        dot, comma = (plain(digits, mark, whole=whole) for mark in (".", ","))
        if dot and comma and _has_no_cents(text, currency):
            dot, comma = (plain(digits, mark, whole=True) for mark in (".", ","))
        for mark, value in ((".", dot), (",", comma)):
            if value is not None and value[1]:
                shown[mark][value[1]] = None
        if dot and comma and dot[0] != comma[0]:
            if fine and "." in dot[0]:
                only["."] += rows
                continue
            doubtful = doubtful or TwoValues(text, dot[0], comma[0])
        elif (dot is None) != (comma is None):
            only["." if dot else ","] += rows
    if decimal is None:
        clear = bool(only["."]) != bool(only[","])
        if doubtful and not clear:
            return doubtful
        decimal = "." if only["."] >= only[","] else ","
    return Marks(decimal, tuple(shown[decimal]))


def _has_no_cents(text: str, currency: str | None) -> bool:
    """Whether an amount is in a currency without cents: the one it names, else the one given."""
    codes = [word for word in re.findall("[A-Z]{3}", text.upper()) if word in currency_codes()]
    signs = [sign for sign in _SIGNS if sign in text]
    if codes:
        named: str | None = codes[0]
    elif signs and currency in SHARED.get(signs[0], ()):
        named = currency
    else:
        named = SYMBOLS[signs[0]] if signs else currency
    return named is not None and get_currency_precision(named) == 0


_SIGNS = sorted(SYMBOLS, key=len)[::-1]
