"""How a header may be spelt: what does not matter, and the currency that it may name."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

from babel.numbers import list_currencies

CURRENCY = "{currency}"
"""Stands in a spelling for the code or the symbol of any currency."""


NUMBER = "{number}"
"""Stands in a spelling for the number of a column that there are several of, as in touch1, touch2.
"""


@lru_cache(maxsize=10_000)  # a header is compared with those of every mapping
def normalised(header: str) -> str:
    """A header without what varies between spellings: case, width, spaces, punctuation.

    Nor does the arrow count by which a report shows that it is sorted.

    >>> normalised("Lead ID") == normalised("lead_id") == normalised("ＬｅａｄＩｄ")
    True
    """
    folded = unicodedata.normalize("NFKC", header).casefold()
    return re.sub(r"[\s_\-./()*:#↑↓]+", "", folded) or folded


def currency_in(spelling: str, header: str, symbols: Mapping[str, str]) -> str | None:
    """The code of the currency that a header names in the place the spelling marks, if any.

    `symbols` are what a mapping says that symbols mean.

    >>> currency_in("消费({currency})", "消费（元）", {})
    'CNY'
    >>> currency_in("Cost ({currency})", "Cost per lead", {})
    """
    before, _, after = spelling.partition(CURRENCY)
    begin, end = _normalised_side(before), _normalised_side(after)
    plain = normalised(header)
    if not (plain.startswith(begin) and plain.endswith(end)):
        return None
    written = plain[len(begin) : len(plain) - len(end)]
    own = {normalised(symbol): code for symbol, code in symbols.items()}
    return own.get(written) or _currencies().get(written)


def number_in(spelling: str, header: str) -> int | None:
    """The number that a header has in the place the spelling marks, if any.

    >>> number_in("Touch {number}", "touch_12"), number_in("Touch {number}", "Touchpoints")
    (12, None)
    """
    before, _, after = spelling.partition(NUMBER)
    begin, end = _normalised_side(before), _normalised_side(after)
    plain = normalised(header)
    if not (plain.startswith(begin) and plain.endswith(end)):
        return None
    written = plain[len(begin) : len(plain) - len(end)]
    return int(written) if re.fullmatch("[0-9]{1,6}", written) else None


def _normalised_side(text: str) -> str:
    return normalised(text) if re.search(r"[^\s_\-./()*:#]", text) else ""


def currency_among(header: str) -> str | None:
    """The code of the first currency that is a word or a sign of a header by itself.

    >>> currency_among("Deal value in EUR"), currency_among("金额(元)"), currency_among("Amount")
    ('EUR', 'CNY', None)
    """
    words = re.findall(r"[^\W\d_]+|[^\w\s]", unicodedata.normalize("NFKC", header))
    return next((code for word in words if (code := _currencies().get(word.casefold()))), None)


@cache
def _currencies() -> dict[str, str]:
    """Codes by how codes and symbols are written in normalised headers."""
    symbols = {normalised(symbol): code for symbol, code in SYMBOLS.items()}
    return symbols | {code.casefold(): code for code in currency_codes()}


_WORDS = tomllib.loads(Path(__file__).with_name("amounts.toml").read_text(encoding="utf-8"))


SYMBOLS: dict[str, str] = _WORDS["symbols"]
"""Currency codes by symbol, where a mapping does not say otherwise."""


SHARED: dict[str, list[str]] = _WORDS["shared"]
"""The currencies that have a symbol together."""


SCALES: dict[str, int] = _WORDS["scales"]
"""Powers of ten by the word after a number, in lower case."""


@cache
def currency_codes() -> frozenset[str]:
    """The three-letter codes of all currencies (ISO 4217)."""
    return frozenset(list_currencies())
