"""Company names: one key for the spellings of one company."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import polars as pl
from opencc import OpenCC

from loaders.vocabulary import EASTERN_FORMS, JOINTS, LEGAL_FORMS, is_placeholder

_EASTERN_FORM = re.compile("^(?:{0})|(?:{0})$".format("|".join(EASTERN_FORMS)))
_ABBREVIATION = re.compile(r"\b(?:\w\.\s?){2,}|\b\w/\w\b")
_APOSTROPHES = re.compile("['’`´]")
_SEPARATORS = re.compile(r"[^\w&+]+|_+")
_CHINESE = re.compile("[\u3400-\u9fff]")
_BESIDE_CHINESE = re.compile("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
_ACCENTS = re.compile("[\u0300-\u036f]")


def companies(values: pl.Series) -> pl.DataFrame:
    """Which values name the same company?

    One row per distinct value that is not null: value, name_key. The key is without case,
    width, accents, punctuation and the legal form at its end (or, in East Asian names, at
    either end), in simplified Chinese. A name of nothing but a legal form is kept whole. The key
    is null for a placeholder.

    >>> names = pl.Series(["ACME GmbH & Co. KG", "Acme", "騰訊科技（深圳）有限公司"])
    >>> companies(names)["name_key"].to_list()
    ['acme', 'acme', '腾讯科技深圳']
    """
    distinct = values.drop_nulls().cast(pl.String).unique(maintain_order=True)
    keys = [name_key(value) for value in distinct]
    return pl.DataFrame({"value": distinct, "name_key": pl.Series(keys, dtype=pl.String)})


def name_key(name: str) -> str | None:
    """The key of one company name; None for a placeholder or no letters at all."""
    if is_placeholder(name):
        return None
    text = folded(name)
    text = _ABBREVIATION.sub(lambda match: re.sub(r"[./\s]", "", match[0]) + " ", text)
    words = _SEPARATORS.sub(" ", _APOSTROPHES.sub("", text)).split()
    key = " ".join(_without_legal_form(words))
    if not key.isascii():
        key = _BESIDE_CHINESE.sub("", key)
        key = _EASTERN_FORM.sub("", key).strip() or key
    return key or None


def folded(text: str) -> str:
    """Text without case, width, accents and the difference of simplified and traditional.

    >>> folded("Ｍüller 廣州"), folded("Łódź")
    ('muller 广州', 'łodz')
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    if text.isascii():
        return text
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    text = unicodedata.normalize("NFC", text)
    return _simplified().convert(text) if _CHINESE.search(text) else text


@cache
def _simplified() -> OpenCC:
    return OpenCC("t2s")


def _without_legal_form(words: list[str]) -> list[str]:
    """The words before the legal form: "gmbh & co kg" and "co ltd" are one each."""
    end = len(words)
    while end > 1 and (words[end - 1] in LEGAL_FORMS or (_is_joint(words, end))):
        end -= 1
    return words[:end]


def _is_joint(words: list[str], end: int) -> bool:
    return end < len(words) and words[end - 1] in JOINTS
