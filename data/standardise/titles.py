"""Job titles and industries in standard words, English and Chinese; the original stays as it is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from data.errors import DefinitionError
from data.standardise.spelling import usual_spellings
from data.standardise.text import folded, is_too_long
from data.toml import parse

_FILE = Path(__file__).with_suffix(".toml")

_CHINESE = re.compile("[\u3400-\u9fff]")

_SPACES = re.compile(r"[\s_]+")


Words = Annotated[tuple[str, ...], Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Entry(_Part):
    standard: str
    words: Words


class _Persona(_Part):
    standard: str
    seniority: tuple[str, ...] = ()
    department: tuple[str, ...] = ()


class _Vocabulary(_Part):
    seniority: tuple[_Entry, ...]
    department: tuple[_Entry, ...]
    persona: tuple[_Persona, ...]
    industry: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class Role:
    """What a job title says; None where it says nothing."""

    seniority: str | None
    department: str | None
    persona: str | None


def role_of(title: str) -> Role:
    """Seniority, department and persona of a job title.

    >>> role_of("Head of Maintenance")
    Role(seniority='Director', department='Maintenance', persona='Technical Decision Maker')
    >>> role_of("采购经理").persona
    'Procurement'
    """
    if is_too_long(title):
        return Role(None, None, None)
    text = _folded(title)
    seniority = _first(_patterns("seniority"), text)
    department = None if seniority == "Student" else _first(_patterns("department"), text)
    return Role(seniority, department, persona_of(seniority, department))


def persona_of(seniority: str | None, department: str | None) -> str | None:
    """The part that somebody of this seniority and department plays in a purchase."""
    for rule in _vocabulary().persona:
        if (not rule.seniority or seniority in rule.seniority) and (
            not rule.department or department in rule.department
        ):
            return rule.standard
    return None


def industry_of(text: str) -> str:
    """The standard name of an industry; the text itself, trimmed, when it is not known.

    >>> industry_of("汽车制造"), industry_of("food and beverage"), industry_of("Zeppelins")
    ('Automotive', 'Food & Beverage', 'Zeppelins')
    """
    standard = None if is_too_long(text) else _industries().get(_folded(text))
    return standard or text.strip()


def standard_names(kind: Literal["seniority", "department", "persona"]) -> tuple[str, ...]:
    """The standard words for a part of a job title.

    >>> "C-Level" in standard_names("seniority")
    True
    """
    entries: tuple[_Entry | _Persona, ...] = getattr(_vocabulary(), kind)
    return tuple(entry.standard for entry in entries)


def roles(titles: pl.Series) -> pl.DataFrame:
    """One row per title: job_title, seniority, department, persona."""
    found = [(title, role.seniority, role.department, role.persona)
             for title in titles for role in [role_of(title)]]  # fmt: skip
    names = ("job_title", "seniority", "department", "persona")
    return pl.DataFrame(found, schema=dict.fromkeys(names, pl.String), orient="row")


def industries(rows: Mapping[str, int]) -> pl.DataFrame:
    """One row per value: industry, standard. Of a value without a standard word, one spelling.

    `rows` says how many rows have the value: the most frequent spelling is the standard.
    """
    standard = {value: industry_of(value) for value in rows}
    counts: Counter[str] = Counter()
    for value, count in rows.items():
        counts[standard[value]] += count
    known = [entry.standard for entry in _vocabulary().industry]
    spelt = usual_spellings(counts, known)
    return pl.DataFrame(
        {"industry": list(rows), "standard": [spelt[standard[value]] for value in rows]},
        schema={"industry": pl.String, "standard": pl.String},
    )


def _first(patterns: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str | None:
    return next((standard for pattern, standard in patterns if pattern.search(text)), None)


@cache
def _patterns(name: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    entries: tuple[_Entry, ...] = getattr(_vocabulary(), name)
    return tuple((_pattern(entry.words), entry.standard) for entry in entries)


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    spelt = sorted(map(_folded, words), key=len, reverse=True)
    # A Latin word may stand right beside a Chinese one, as in IT总监.
    return re.compile("|".join(map(_test, spelt)))


def _test(word: str) -> str:
    if _CHINESE.search(word):
        return re.escape(word)
    before = "" if word.startswith("*") else "(?<![a-z0-9])"
    after = "" if word.endswith("*") else "(?![a-z0-9])"
    return f"{before}{re.escape(word.strip('*'))}{after}"


def _folded(text: str) -> str:
    return _SPACES.sub(" ", folded(text)).strip()


@cache
def _industries() -> dict[str, str]:
    return {
        _folded(word): entry.standard
        for entry in _vocabulary().industry
        for word in (entry.standard, *entry.words)
    }


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary.model_validate(
        parse(_FILE, _FILE.read_text(encoding="utf-8"), DefinitionError)
    )
