"""How people type what a form asks of them: other spellings, junk, broken e-mails."""

from __future__ import annotations

import numpy as np
import polars as pl

from data.sample_company.world.chunk import INVALID_EMAIL, PLACEHOLDER
from data.sample_company.world.planted import Flags, Integers
from data.sample_company.world.text import choose, pick
from data.sample_company.world.words import PLACEHOLDERS

_OTHERWISE = 0.35
"""Share of places that are not written as the billing address has them."""


def spelled(
    random: np.random.Generator, places: list[tuple[str, tuple[str, ...]]], numbers: Integers
) -> pl.Series:
    """Names of places, many of them in another spelling."""
    luck = random.random(len(numbers))
    sizes = np.array([len(variants) for _, variants in places])
    firsts = np.cumsum([0, *sizes])[:-1]
    chosen = (
        firsts[numbers] + (luck / _OTHERWISE * sizes[numbers]).astype(np.int64) % sizes[numbers]
    )
    variants = pick([name for _, names in places for name in names], chosen)
    return choose(luck < _OTHERWISE, variants, pick([name for name, _ in places], numbers))


def or_placeholder(random: np.random.Generator, values: pl.Series, share: float) -> pl.Series:
    """The values, a share of them replaced by what people type to get past a field."""
    junk = pick(PLACEHOLDERS, random.integers(0, len(PLACEHOLDERS), len(values)))
    return choose(random.random(len(values)) < share, junk, values)


def typed_company(
    random: np.random.Generator, accounts: pl.DataFrame, flaw: Integers, duplicate: Flags
) -> pl.Series:
    """Company names: without legal form or in English, in capitals, with spaces, or junk."""
    luck, name = random.random(accounts.height), accounts["name"]
    typed = choose(luck < np.where(duplicate, 0.4, 0.12), accounts["short_name"], name)
    typed = choose(luck > 0.96, name.str.to_uppercase(), typed)
    typed = choose((luck > 0.5) & (luck < 0.52), "  " + name + " ", typed)
    junk = pick(PLACEHOLDERS, random.integers(0, len(PLACEHOLDERS), accounts.height))
    return choose(flaw == PLACEHOLDER, junk, typed)


def typed_email(
    random: np.random.Generator, emails: pl.Series, flaw: Integers, duplicate: Flags
) -> pl.Series:
    """E-mail addresses: capitals and spaces, mostly in duplicates, of which some have none."""
    luck = random.random(len(emails))
    typed = choose((duplicate & (luck < 0.55)) | (luck > 0.985), emails.str.to_titlecase(), emails)
    shouted = " " + emails.str.to_uppercase() + " "
    typed = choose(duplicate & (luck >= 0.55) & (luck < 0.8), shouted, typed)
    typed = choose(duplicate & (luck >= 0.85) & (luck < 0.985), None, typed)
    spoken, joined = emails.str.replace("@", " at "), emails.str.replace("@", "")
    broken = choose(random.random(len(emails)) < 0.4, spoken, joined)
    typed = choose(flaw == INVALID_EMAIL, broken, typed)
    return choose((flaw == PLACEHOLDER) & (luck < 0.6), "N/A", typed)


def typed_phone(
    random: np.random.Generator, phones: pl.Series, flaw: Integers, needed: Flags
) -> pl.Series:
    """Phone numbers: with 00 or hyphens, missing where not needed to find a duplicate, or junk."""
    luck = random.random(len(phones))
    typed = choose(luck < 0.1, phones.str.replace(r"^\+", "00"), phones)
    typed = choose(luck > 0.93, phones.str.replace_all(" ", "-"), typed)
    typed = choose((luck > 0.3) & (luck < 0.36) & ~needed, None, typed)
    return choose((flaw == PLACEHOLDER) & (luck < 0.7), "13800138000", typed)
