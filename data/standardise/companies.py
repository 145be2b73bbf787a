"""Company names: one key for the spellings of one company."""

from __future__ import annotations

import re

import polars as pl

from data.privacy.contacts import has_contact, without_contacts
from data.standardise.places import plain_start
from data.standardise.text import (
    EASTERN_FORMS,
    JOINTS,
    LEGAL_FORMS,
    folded,
    is_placeholder,
    is_too_long,
)

_EASTERN_FORM = re.compile("^(?:{0})|(?:{0})$".format("|".join(EASTERN_FORMS)))

_ABBREVIATION = re.compile(r"\b(?:\w\.\s?){2,}|\b\w/\w\b")

_SPREAD_FORMS = (
    (re.compile(r"\b(?:sp\.?|spolka)\s*+z\s*+(?:\.\s*+)?o\.?\s*+o\b\.?"), "spzoo"),
    (re.compile(r"\b(?:spol\.?\s++)?s\.?\s*+r\.\s*+o\b\.?"), "sro"),
)
"""Legal forms of several short words."""

_EASTERN_SIGN = re.compile(r"\((?:株|有|주|유)\)")

_BRANCH = re.compile("^(.{2,}?公司).{0,12}(?:分公司|分行|支行|办事处|代表处)$")

_IN_BRACKETS_LAST = re.compile(r"^(.*\S)\s*+\(([^()]++)\)")

_LETTER = re.compile(r"\w")

_APOSTROPHES = re.compile("['’`´]")

_SEPARATORS = re.compile(r"[^\w&+]+|_+")

_BESIDE_CHINESE = re.compile("(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")


def companies(values: pl.Series) -> pl.DataFrame:
    """Which values name the same company?

    One row per distinct value that is not null: value, name_key. The key is without case,
    width, accents, punctuation and the legal form at its end (or, in East Asian names, at
    either end), in simplified Chinese. A name of nothing but a legal form is kept whole. The key
    is null for a placeholder, and for a text too long for a name.

    >>> names = pl.Series(["ACME GmbH & Co. KG", "Acme", "騰訊科技（深圳）有限公司"])
    >>> companies(names)["name_key"].to_list()
    ['acme', 'acme', '腾讯科技深圳']

    A branch office is its company, and a place at the beginning is without 省 and 市.
    """
    distinct = values.drop_nulls().cast(pl.String).unique(maintain_order=True)
    keys = [name_key(value) for value in distinct]
    return pl.DataFrame({"value": distinct, "name_key": pl.Series(keys, dtype=pl.String)})


def name_key(name: str) -> str | None:
    """The key of one company name; None for a placeholder, no letters, or a text too long for one.

    An e-mail address or a phone number in it is no part of the name.
    """
    if is_too_long(name):
        return None
    if has_contact(name):
        name = without_contacts(name, " ")
    if is_placeholder(name):
        return None
    text = _EASTERN_SIGN.sub(" ", folded(name))
    for form, short in _SPREAD_FORMS:
        text = form.sub(short, text)
    text = _BRANCH.sub(r"\1", text.strip())
    text = _ABBREVIATION.sub(lambda match: re.sub(r"[./\s]", "", match[0]) + " ", text)
    last = _IN_BRACKETS_LAST.match(text)
    if last and not _LETTER.search(text, last.end()):  # Acme Ltd (UK) is Acme UK Ltd
        words = [*_without_legal_form(_words(last[1])), *_words(last[2])]
    else:
        words = _words(text)
    words = _without_legal_form(words[1:] if words[:1] == ["the"] and words[1:] else words)
    key = " ".join(words)
    if not key.isascii():
        key = _BESIDE_CHINESE.sub("", key)
        key = plain_start(_EASTERN_FORM.sub("", key).strip() or key)
    return key or None


def _words(text: str) -> list[str]:
    return _SEPARATORS.sub(" ", _APOSTROPHES.sub("", text)).split()


def _without_legal_form(words: list[str]) -> list[str]:
    """The words before the legal form: "gmbh & co kg" and "co ltd" are one each."""
    end = len(words)
    while end > 1 and (words[end - 1] in LEGAL_FORMS or (_is_joint(words, end))):
        end -= 1
    return words[:end]


def _is_joint(words: list[str], end: int) -> bool:
    return end < len(words) and words[end - 1] in JOINTS
