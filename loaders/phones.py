"""Phone numbers: checked, and turned into keys from which nobody can read them back."""

from __future__ import annotations

import re

import polars as pl

from data.privacy.contacts import number_of, number_text
from data.privacy.keys import Hasher
from loaders.vocabulary import is_placeholder

_NOT_DIGITS = re.compile(r"\D")


def phones(values: pl.Series, key: bytes, default_region: str | None) -> pl.DataFrame:
    """Which person is behind each number?

    One row per distinct value that is not null: value, phone_key, phone_state. States: valid,
    invalid (no number that is in use, or a national one while `default_region`, such as "CN",
    is not known), none (a placeholder, or one digit over and over). The key is made of the
    number in international form without an extension; it is null unless the number is valid.

    >>> numbers = pl.Series(["+49 30 901820", "030 901820"])
    >>> phones(numbers, b"k" * 32, "DE")["phone_key"].n_unique()
    1
    """
    hasher = Hasher(key)
    rows = [
        (value, *_told(value, default_region, hasher))
        for value in values.drop_nulls().cast(pl.String).unique(maintain_order=True)
    ]
    schema = {"value": pl.String, "phone_key": pl.String, "phone_state": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _told(value: str, default_region: str | None, hasher: Hasher) -> tuple[str | None, str]:
    text = number_text(value)
    digits = _NOT_DIGITS.sub("", text)
    if not text or is_placeholder(text) or is_placeholder(digits) or len(set(digits)) == 1:
        return None, "none"
    number = number_of(text, default_region)
    return (hasher.digest(number), "valid") if number else (None, "invalid")
