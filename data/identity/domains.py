"""Domains that name a company, as against those that anybody may have."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import polars as pl

from data.engine.draft import Draft
from data.errors import DefinitionError
from data.toml import parse

_LISTS = Path(__file__).with_name("free_mail.toml")

_TOP = r"(?:\.(?:com?|net|org|gov|edu|ac|ltd|gmbh))?\.[a-z0-9-]+$"


def attach_lists(draft: Draft) -> None:
    """Make `anybody_domain(domain)` and `no_company(name_key)` readable."""
    lists = _lists()
    shared = [*lists["free_mail"], *lists["platforms"]]
    for name, column, values in (
        ("anybody_domain", "domain", shared),
        ("no_company", "name_key", lists["no_company"]),
    ):
        draft.attach(name, pl.DataFrame({column: values}, schema={column: pl.String}))


@cache
def _lists() -> dict[str, list[str]]:
    found: dict[str, list[str]] = parse(_LISTS, _LISTS.read_text(encoding="utf-8"), DefinitionError)
    return found


def own_domain(column: str) -> str:
    """SQL of a domain in lower case without `www.`; null where anybody may have it.

    Needs the lists attached. A domain below a free one is free too: the last two and three parts
    are looked up.
    """
    plain = f"regexp_replace(lower(trim({column})), '^www[0-9]?\\.', '')"
    parts = (
        plain,
        f"regexp_extract({plain}, '[^.]+\\.[^.]+$')",
        f"regexp_extract({plain}, '[^.]+\\.[^.]+\\.[^.]+$')",
    )
    free = " OR ".join(
        f"coalesce({part} IN (SELECT anybody_domain.domain FROM anybody_domain), false)"
        for part in parts
    )
    return f"CASE WHEN {plain} LIKE '%_.__%' AND NOT ({free}) THEN {plain} END"


def domain_label(domain: str) -> str:
    """SQL of what names the company in a domain: `acme` in acme.de and in eu.acme.co.uk."""
    return f"regexp_extract(regexp_replace({domain}, '{_TOP}', ''), '[^.]+$')"
