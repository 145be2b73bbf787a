"""Numbers as people write them: with marks, a currency, a scale, a sign on either side."""

from __future__ import annotations

import re
from collections.abc import Iterable

from data.sql import literal
from loaders.forms.numbers import SPACES, Marks
from loaders.language.column import Column, Kind
from loaders.language.model import Reading
from loaders.language.spellings import SCALES, SHARED, SYMBOLS, currency_codes

_SPACE = r"[ \x{A0}\x{202F}\x{2009}]"


_MINUS = "[-−–－▲△]"
"""Minus signs as people and spreadsheets write them; the triangle is that of Japanese accounts."""


_SIGN = "[-+−–－▲△]"


_BRACKETS = r"^([^()（）]*)[(（]([^()（）]*)[)）]([^()（）]*)$"


def number(kind: Kind, sql_type: str, column: Column, reading: Reading, text: str) -> str:
    """SQL of the number that a text is; null when it is none in the declared marks.

    The marks are never guessed: `1.234` is 1234 only where the mapping says that the dot groups
    thousands. Around the digits there may be a currency, one sign or brackets for a negative
    amount and a scale: 万 and 亿, which mean one thing, of any money, K and M where it is `scaled`.
    """
    digits = _digits(kind, column, reading)
    plain = f"[-+]?{digits} ?%?" if kind is Kind.PERCENT else _plain(digits, reading)
    bare = f"regexp_replace({text}, {literal(f'[% {_short(reading)}]')}, '', 'g')"
    value = _cast(kind, sql_type, column, _in_plain_marks(column, reading, bare), "''")
    read = f"WHEN regexp_full_match({text}, {literal(plain)}) THEN {value}"
    if kind is not Kind.PERCENT:
        dressed = literal(_dressed(digits, column, reading))
        signed = _signed(text)
        once = f"NOT regexp_matches({signed}, '{_SIGN}.*{_SIGN}')"
        minus = f"CASE WHEN regexp_matches({signed}, '{_MINUS}') THEN '-' ELSE '' END"
        found = _in_plain_marks(column, reading, f"regexp_extract({signed}, {literal(digits)})")
        is_scaled = column.scaled or kind is Kind.MONEY
        scale = _power(f"lower(regexp_extract({signed}, {dressed}, 3))") if is_scaled else "''"
        value = _cast(kind, sql_type, column, f"({minus} || {found})", scale)
        read += f" WHEN regexp_matches({signed}, {dressed}) AND {once} THEN {value}"
    return f"CASE {read} END"


def currency(
    column: Column,
    reading: Reading,
    text: str,
    otherwise: str | None = None,
    beside: str = "NULL",
) -> str:
    """SQL of the code of the currency that an amount names; null when it names none.

    A code wins over a symbol: `$12 CAD` is in Canadian dollars. `otherwise` is the code for
    amounts that name none. Where several currencies share the symbol it is the one of them that
    `beside` is, SQL of the code in the row's own column, or that `otherwise` or [read] says.
    """
    kind = column.kind or Kind.MONEY
    dressed = literal(_dressed(_digits(kind, column, reading), column, reading))
    parts = f"regexp_extract({_signed(text)}, {dressed}, ['before', 'number', 'scale', 'after'])"
    before, after = (f"nullif(upper(found.{part}), '')" for part in ("before", "after"))
    codes = ", ".join(literal(code) for code in sorted(currency_codes()))
    named = [
        f"CASE WHEN left({unit}, 3) IN ({codes}) THEN left({unit}, 3) END"
        for unit in (after, before)
    ]
    symbols = " ".join(
        f"WHEN {literal(symbol.upper())} THEN {_meant(symbol, code, reading, otherwise, beside)}"
        for symbol, code in _symbols(reading).items()
    )
    by_symbol = [f"CASE {unit} {symbols} END" for unit in (before, after)]
    # A list of one, so that the pattern, which costs much to prepare, is there once.
    unit = f"coalesce({', '.join((*named, *by_symbol))})"
    short = f"upper(left(ltrim({text}, '-+ '), 1))"
    plain = literal(_plain(_digits(kind, column, reading), reading))
    own = (
        f"CASE WHEN regexp_full_match({text}, {plain}) THEN CASE {short} {symbols} END "
        f"ELSE list_transform([{parts}], lambda found: {unit})[1] END"
    )
    if otherwise is None:
        return own
    return f"coalesce({own}, CASE WHEN {text} IS NOT NULL THEN {literal(otherwise)} END)"


def _symbols(reading: Reading) -> dict[str, str]:
    """What each symbol means in a file: what its mapping says, else the file's own currency."""
    own = {symbol: reading.currency for symbol in SHARED if reading.currency in SHARED[symbol]}
    return SYMBOLS | {symbol: code for symbol, code in own.items() if code} | reading.currencies


def _meant(symbol: str, code: str, reading: Reading, otherwise: str | None, beside: str) -> str:
    """SQL of the currency that a symbol means in a row."""
    sharing = SHARED.get(symbol, ())
    if not sharing or symbol in reading.currencies:
        return literal(code)
    usual = literal(otherwise if otherwise in sharing else code)
    if beside == "NULL":
        return usual
    codes = ", ".join(map(literal, sharing))
    return f"CASE WHEN {beside} IN ({codes}) THEN {beside} ELSE {usual} END"


def _short(reading: Reading) -> str:
    """Symbols of one sign, for a class of a pattern."""
    return "".join(re.escape(each) for each in _symbols(reading) if len(each) == 1)


def _plain(digits: str, reading: Reading) -> str:
    """Pattern of the usual amounts, without groups: tested first, because they cost little."""
    return f"[-+]?[{_short(reading)}]? ?{digits}"


def marks(column: Column, reading: Reading) -> Marks:
    """The marks of a column's numbers: its own, else those of [read], else a decimal dot alone.

    What stands before decimals in a column does not stand between its thousands too.
    """
    decimal = column.decimal or reading.decimal or "."
    between = column.thousands or ((reading.thousands,) if reading.thousands else ())
    return Marks(decimal, tuple(each for each in between if each != decimal))


def _digits(kind: Kind, column: Column, reading: Reading) -> str:
    """Pattern of a number without sign, in the declared marks."""
    declared = marks(column, reading)
    groups = "".join(rf"\d{{1,3}}(?:{_group(mark)})+|" for mark in declared.thousands)
    whole = kind is Kind.INTEGER and not column.scaled
    fraction = "" if whole else rf"(?:{re.escape(declared.decimal)}\d*)?"
    return rf"(?:{groups}\d+){fraction}"


def _group(mark: str) -> str:
    """Pattern of the digits behind a mark between thousands; lakhs have two, as in 12,34,567."""
    lakhs = rf"(?:,\d{{2}})*{_between(mark)}" if mark == "," else _between(mark)
    return rf"{lakhs}\d{{3}}"


def _between(mark: str) -> str:
    """Pattern of a mark between thousands; the kinds of space and of apostrophe are alike."""
    if mark in SPACES:
        return _SPACE
    return "['’]" if mark == "'" else re.escape(mark)


def _in_plain_marks(column: Column, reading: Reading, digits: str) -> str:
    """SQL of a number with the dot as its only mark."""
    declared = marks(column, reading)
    if declared.thousands:
        any_mark = "|".join(map(_between, declared.thousands))
        digits = f"regexp_replace({digits}, {literal(any_mark)}, '', 'g')"
    return f"replace({digits}, ',', '.')" if declared.decimal == "," else digits


def _dressed(digits: str, column: Column, reading: Reading) -> str:
    """Pattern with four groups: currency, number, scale, currency."""
    codes = "|".join(sorted(currency_codes()))
    symbols = _any_of(_symbols(reading))
    unit = f"(?:{codes}){_SPACE}?(?:{symbols})|{symbols}|{codes}"
    scale = _any_of(SCALES if column.scaled else filter(_is_plain_scale, SCALES))
    sign = f"(?:{_SIGN}{_SPACE}?)?"
    return (
        f"(?i)^{sign}({unit})?{_SPACE}?{sign}({digits})(?:{_SPACE}?({scale}))?"
        f"(?:{_SPACE}?{_SIGN})?(?:{_SPACE}?({unit}))?(?:{_SPACE}?{_SIGN})?$"
    )


def _is_plain_scale(word: str) -> bool:
    """Whether a scale means one power of ten wherever it is written, as 万 and unlike M."""
    return not word[0].isascii()


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _signed(text: str) -> str:
    """SQL of a text with a minus in place of the brackets around a negative amount."""
    return f"regexp_replace({text}, '{_BRACKETS}', '-\\1\\2\\3')"


def _power(word: str) -> str:
    powers = " ".join(f"WHEN {literal(scale)} THEN 'e{power}'" for scale, power in SCALES.items())
    return f"CASE {word} {powers} ELSE '' END"


def _cast(kind: Kind, sql_type: str, column: Column, digits: str, power: str) -> str:
    """SQL of the value of digits in plain marks, in the column's type."""
    divisor = (100 if kind is Kind.PERCENT else 1) * (column.divide_by or 1)
    text = digits if power == "''" else f"({digits} || {power})"
    if column.multiply_by:
        product = f"CAST({text} AS DECIMAL(38, 12)) * {column.multiply_by}"
        return f"TRY(CAST({product} / {divisor} AS {sql_type}))"
    if divisor != 1:
        return f"TRY_CAST(TRY_CAST({text} AS DECIMAL(38, 12)) / {divisor} AS {sql_type})"
    if kind is Kind.INTEGER and column.scaled:
        exact = f"TRY_CAST({text} AS DECIMAL(38, 9))"
        return f"CASE WHEN {exact} = trunc({exact}) THEN TRY_CAST({exact} AS {sql_type}) END"
    return f"TRY_CAST({text} AS {sql_type})"
