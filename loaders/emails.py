"""E-mail addresses: checked, and turned into keys from which nobody can read them back."""

from __future__ import annotations

import polars as pl
from email_validator import SPECIAL_USE_DOMAIN_NAMES

from data.privacy.contacts import address_of
from data.privacy.keys import Hasher
from loaders.vocabulary import DISPOSABLE, NOBODY, PLACEHOLDERS, ROLES

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
    unclear = checked.filter(pl.col("address").is_null(), pl.col("written").str.contains("[@＠]"))
    verdicts = unclear.select(
        "value", told=pl.col("written").map_elements(address_of, return_dtype=pl.String)
    )
    hasher = Hasher(key)
    return (
        checked.join(verdicts, on="value", how="left", maintain_order="left")
        .with_columns(address=pl.coalesce("address", "told"))
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
