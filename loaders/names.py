"""People's names: one keyed hash for the ways of writing one name, and nothing in clear."""

from __future__ import annotations

import re

import polars as pl

from data.folding import folded
from data.privacy.keys import Hasher
from loaders.vocabulary import is_placeholder

SEPARATOR = "\x1f"
"""Between the last and the first name, where a file has them apart."""

KEY_LENGTH = 20
"""Hexadecimal digits kept: enough to tell the names of those who share a phone."""

_EASTERN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_MARKS = re.compile(r"[^\w]+|_+")
_TITLES = frozenset(
    ("dr", "prof", "mr", "mrs", "ms", "miss", "mx", "herr", "frau", "ing", "dipl", "phd", "mba")
)
_EASTERN_TITLE = re.compile("(?:先生|女士|小姐|经理|总监|老师)$")


def names(values: pl.Series, key: bytes) -> pl.DataFrame:
    """Who has the same name?

    One row per distinct value that is not null: value, name_key. A value is a full name, or last
    and first name with `SEPARATOR` between. The key is without case, width, accents, titles and
    the order of the names; Chinese, Japanese and Korean names are joined, last name first. It is
    null for a placeholder. The same person in characters and in pinyin has two keys.

    >>> told = names(pl.Series(["Dr. Anna MÜLLER", "Müller\\x1fAnna", "王伟"]), b"k" * 32)
    >>> told["name_key"].n_unique()
    2
    """
    hasher = Hasher(key)
    distinct = values.drop_nulls().cast(pl.String).unique(maintain_order=True)
    keys = [
        hasher.digest(f"name:{name}")[:KEY_LENGTH] if (name := normal_name(value)) else None
        for value in distinct
    ]
    return pl.DataFrame({"value": distinct, "name_key": pl.Series(keys, dtype=pl.String)})


def normal_name(value: str) -> str | None:
    """The name that all spellings of it share; None for a placeholder or no letters.

    >>> normal_name("LEFÈVRE, Élodie"), normal_name("N/A")
    ('elodie lefevre', None)
    """
    parts = [part for part in value.split(SEPARATOR) if not is_placeholder(part)]
    if not parts:
        return None
    text = folded(" ".join(parts))
    if _EASTERN.search(text):
        return _EASTERN_TITLE.sub("", _MARKS.sub("", text)) or None
    words = [word for word in _MARKS.sub(" ", text).split() if word not in _TITLES]
    return " ".join(sorted(words)) or None
