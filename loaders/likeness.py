"""How alike a header is to the words by which a column is usually called."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz

_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")
_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_NOISE = frozenset({"property", "hs", "c", "custom"})
_CHINESE = re.compile("[\u3400-\u9fff]")
_ENDS_SO = 0.86
_CONTAINS = 0.8
_SHORTEST = 4

HEADER_WORDS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("header_words.toml").read_text(encoding="utf-8")
)


@cache
def words(header: str) -> str:
    """A header as lower-case words, without what stands in brackets and prefixes of exports.

    >>> words("property_createdAt"), words("Close Date (UTC)")
    ('created at', 'close date')
    """
    folded = unicodedata.normalize("NFKC", _BRACKETS.sub(" ", header) or header)
    parts = _BETWEEN.sub(" ", _CASE.sub(" ", folded)).casefold().split()
    return " ".join(part for part in parts if part not in _NOISE) or folded.casefold().strip()


@cache
def likeness(header: str, known: str) -> float:
    """From 0 to 1; 1 when both are the same but for case, spaces and punctuation."""
    written, spelt = words(header), words(known)
    if written.replace(" ", "") == spelt.replace(" ", ""):
        return 1.0
    ratio = fuzz.ratio(written, spelt) / 100
    if _CHINESE.search(spelt):
        return max(ratio, _CONTAINS) if len(spelt) >= 2 and spelt in written else ratio
    if len(spelt) >= _SHORTEST and written.endswith(f" {spelt}"):
        return max(ratio, _ENDS_SO)
    return ratio


def closest_of(header: str, known: Iterable[str]) -> tuple[float, str]:
    """How alike the most similar of several words is, and that word."""
    return max(((likeness(header, each), each) for each in known), default=(0.0, ""))
