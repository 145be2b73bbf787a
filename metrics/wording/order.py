"""In which order the values of a dimension are read: by size where they have one, else as counted.

Most dimensions have no order of their own: their values are listed by number of records, so that
the largest stand first. Bands, grades, tiers and ranks are read from the smallest or best on.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from math import inf

from data.definitions import Definitions
from data.schema.contract import UNASSIGNED
from metrics.scope import Dimension

IN_BANDS = (Dimension.SIZE_BAND, Dimension.GRADE, Dimension.TIER, Dimension.SENIORITY)
"""Dimensions whose values have an order of their own."""

_NUMBER = re.compile(
    r"(\d{1,3}(?:[.,' \u2019]\d{3})+(?!\d)|\d+(?:[.,]\d+)?)\s*"
    r"(k\b|tsd|thousand|千|万|m\b|mio|mn\b|million|bn?\b|mrd|billion|亿)?"
)
_GROUPED = re.compile(r"\d{1,3}(?:[.,' \u2019]\d{3})+")

_TIMES = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "千": 1e3, "万": 1e4, "m": 1e6, "mio": 1e6, "mn": 1e6,
    "million": 1e6, "亿": 1e8, "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9,
}  # fmt: skip

_AT_MOST = re.compile(
    r"^\s*(<|≤|up to|under|below|less than|fewer than|bis|unter|weniger als|max|最多|少于|低于)"
    r"|以下|以内|不足"
)
_AT_LEAST = re.compile(
    r"^\s*(>|≥|over|above|more than|at least|from|ab|über|mehr als|min|超过|大于|至少)"
    r"|\+\s*\D*$|以上|(or|and) more|and (over|above|up)|und mehr"
)

_RANKS = (
    ("micro", "kleinst", "solo", "微型", "小微"),
    ("smb", "sme", "kmu", "small", "klein", "小型", "中小"),
    ("mid", "medium", "mittel", "中型"),
    ("large", "groß", "gross", "corporate", "大型"),
    ("enterprise", "konzern", "global", "strategic", "集团"),
    # ranks of people, the highest first
    ("c-level",),
    ("vp",),
    ("director",),
    ("manager",),
    ("individual contributor",),
    ("student",),
)
"""Words that have a place without a number."""


def in_reading_order(dimension: Dimension, values: Iterable[str]) -> list[str]:
    """The values as a list of them is read: bands in their own order, others as they come.

    Tiers come in the order of the levels in the definitions, the best first.

    >>> in_reading_order(Dimension.SIZE_BAND, ["201-500", "Unassigned", "<50", "50-200"])
    ['<50', '50-200', '201-500', 'Unassigned']
    >>> in_reading_order(Dimension.CHANNEL, ["Webinar", "Email"])
    ['Webinar', 'Email']
    """
    if dimension is not Dimension.TIER:
        return natural_order(values) if dimension in IN_BANDS else list(values)
    levels = [each.name for each in Definitions.load().quality.level]
    found = natural_order(values)
    return [each for each in levels if each in found] + [
        each for each in found if each not in levels
    ]


def natural_order(values: Iterable[str]) -> list[str]:
    """The values by the numbers in them, then by their words; what nothing is known of last.

    >>> natural_order(["5,001+", "Unassigned", "1-10", "1,001-5,000", "51-200", "11-50"])
    ['1-10', '11-50', '51-200', '1,001-5,000', '5,001+', 'Unassigned']
    >>> natural_order([">= 1000", "1k–5k", "50-999", "<50"])
    ['<50', '50-999', '1k–5k', '>= 1000']
    >>> natural_order(["Enterprise", "SMB", "Mid-market"])
    ['SMB', 'Mid-market', 'Enterprise']
    >>> natural_order(["500人以上", "50-499人", "50人以下", "1万人以上"])
    ['50人以下', '50-499人', '500人以上', '1万人以上']
    >>> natural_order(["B", "A-", "A", "A+"])
    ['A+', 'A', 'A-', 'B']
    """
    return sorted(values, key=_place)


def _place(value: str) -> tuple[bool, bool, float, float, int, str, int, str]:
    """Known before unknown, with numbers before without; then from where to where, then words."""
    text = unicodedata.normalize("NFKC", value).casefold().strip()
    low, high = _bounds(text)
    rank = next((place for place, words in enumerate(_RANKS) if _begins(text, words)), len(_RANKS))
    sign = {"+": -1, "-": 1}.get(text[-1:], 0)
    return value == UNASSIGNED, low is None, low or 0, high, rank, text.rstrip("+-"), sign, value


def _bounds(text: str) -> tuple[float | None, float]:
    """From how many to how many a band is; no lower bound where it names no number."""
    found = [(each, times) for each, times in _NUMBER.findall(text) if each]
    if not found:
        return None, inf
    numbers = [_read(*each) for each in found]
    if len(found) > 1 and found[1][1] and not found[0][1]:  # 1-5k is 1,000 to 5,000
        together = _read(found[0][0], found[1][1])
        numbers[0] = together if together < numbers[1] else numbers[0]
    if _AT_MOST.search(text):
        return 0, numbers[0]
    if _AT_LEAST.search(text):
        return numbers[0], inf
    return numbers[0], numbers[1] if len(numbers) > 1 else numbers[0]


def _read(text: str, times: str) -> float:
    if _GROUPED.fullmatch(text):
        return float(re.sub(r"\D", "", text)) * _TIMES.get(times, 1)
    return float(text.replace(",", ".")) * _TIMES.get(times, 1)


def _begins(text: str, words: Iterable[str]) -> bool:
    return any(text.startswith(word) for word in words)
