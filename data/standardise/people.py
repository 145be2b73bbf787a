"""Names, e-mail addresses and phone numbers of people in one spelling each."""

from __future__ import annotations

import re

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from data.privacy.contacts import address_of, number_of, number_text
from data.privacy.keys import Hasher
from data.standardise.text import (
    DISPOSABLE,
    LONGEST,
    NOBODY,
    PLACEHOLDERS,
    ROLES,
    folded,
    is_placeholder,
    is_too_long,
)

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
        (value, *_key_and_state(value, default_region, hasher))
        for value in values.drop_nulls().cast(pl.String).unique(maintain_order=True)
    ]
    schema = {"value": pl.String, "phone_key": pl.String, "phone_state": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _key_and_state(
    value: str, default_region: str | None, hasher: Hasher
) -> tuple[str | None, str]:
    if is_too_long(value):
        return None, "invalid"
    text = number_text(value)
    digits = _NOT_DIGITS.sub("", text)
    if not text or is_placeholder(text) or is_placeholder(digits) or len(set(digits)) == 1:
        return None, "none"
    number = number_of(text, default_region)
    return (hasher.digest(number), "valid") if number else (None, "invalid")


SEPARATOR = "\x1f"
"""Stands between last and first name when a file has a column for each."""


KEY_LENGTH = 20
"""Hexadecimal digits kept: enough to distinguish people who share a phone by their names."""


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

    >>> keys = names(pl.Series(["Dr. Anna MÜLLER", "Müller\\x1fAnna", "王伟"]), b"k" * 32)
    >>> keys["name_key"].n_unique()
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
    """The name that all its spellings share.

    None for a placeholder, no letters, or a text too long for a name.

    >>> normal_name("LEFÈVRE, Élodie"), normal_name("N/A")
    ('elodie lefevre', None)
    """
    parts = [part for part in value.split(SEPARATOR) if not is_placeholder(part)]
    if not parts or is_too_long(value):
        return None
    text = folded(" ".join(parts))
    if _EASTERN.search(text):
        return _EASTERN_TITLE.sub("", _MARKS.sub("", text)) or None
    words = [word for word in _MARKS.sub(" ", text).split() if word not in _TITLES]
    return " ".join(sorted(words)) or None


_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"

_PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+(?:[a-z0-9][a-z0-9-]{{0,61}})?[a-z]$"

_SPECIAL = rf"[.@](?:{'|'.join(SPECIAL_USE_DOMAIN_NAMES)})$"


def emails(values: pl.Series, key: bytes) -> pl.DataFrame:
    """Which person is behind each address, and can it be written to?

    One row per distinct value that is not null: value, email_key, email_state, domain. States:
    valid, invalid (no address), role (a function's, such as sales@), disposable, none (a
    placeholder). The key is made of the address in lower case; it and the domain (in ASCII) are
    null for invalid and none. Addresses are checked by email-validator without asking the
    network; those that are plainly right are recognised by one pattern, with its verdict.

    >>> emails(pl.Series(["Ann@Acme.com", "ann@@acme.com"]), b"k" * 32)["email_state"].to_list()
    ['valid', 'invalid']
    """
    written = pl.col("value").str.strip_chars().str.to_lowercase().str.strip_prefix("mailto:")
    checked = (
        pl.DataFrame({"value": values.drop_nulls().cast(pl.String).unique(maintain_order=True)})
        .with_columns(written=written)
        .with_columns(address=pl.when(is_plain(pl.col("written"))).then("written"))
    )
    unclear = checked.filter(
        pl.col("address").is_null(),
        pl.col("written").str.contains("[@＠]"),
        pl.col("written").str.len_chars() <= LONGEST,
    )
    verdicts = unclear.select(
        "value", verdict=pl.col("written").map_elements(address_of, return_dtype=pl.String)
    )
    hasher = Hasher(key)
    return (
        checked.join(verdicts, on="value", how="left", maintain_order="left")
        .with_columns(address=pl.coalesce("address", "verdict"))
        .with_columns(nobody=pl.col("written").is_in(PLACEHOLDERS | NOBODY | {""}))
        .with_columns(address=pl.when(~pl.col("nobody")).then("address"))
        .with_columns(parts=pl.col("address").str.split_exact("@", 1))
        .with_columns(
            local=pl.col("parts").struct.field("field_0"),
            domain=pl.col("parts").struct.field("field_1"),
        )
        .select(
            "value",
            email_key=pl.col("address").map_elements(hasher.digest, return_dtype=pl.String),
            email_state=_state(),
            domain="domain",
        )
    )


def is_plain(address: pl.Expr) -> pl.Expr:
    """Whether an address in lower case is valid beyond doubt: ASCII, in its usual form."""
    return (
        address.str.contains(_PLAIN)
        & ~address.str.contains("--", literal=True)
        & ~address.str.contains(_SPECIAL)
        & (address.str.len_bytes() <= 254)
    )


def _state() -> pl.Expr:
    parent = pl.col("domain").str.extract(r"([^.]+\.[^.]+)$")
    return (
        pl.when("nobody")
        .then(pl.lit("none"))
        .when(pl.col("address").is_null())
        .then(pl.lit("invalid"))
        .when(parent.is_in(DISPOSABLE))
        .then(pl.lit("disposable"))
        .when(pl.col("local").is_in(ROLES))
        .then(pl.lit("role"))
        .otherwise(pl.lit("valid"))
    )
