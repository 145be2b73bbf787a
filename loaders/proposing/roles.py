"""What a column of a file may be: each role with its spellings, looks and targets."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
from rapidfuzz import fuzz

from data.schema.fields import Field, fields
from data.schema.tables import CANONICAL
from loaders.language.column import PERSONAL_KINDS, Kind
from loaders.language.model import Mapping
from loaders.language.template import Template
from loaders.proposing.evidence import Look

_CASE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_BETWEEN = re.compile(r"[\W_]+")

_BRACKETS = re.compile(r"[(（\[][^)）\]\n]*+([)）\]])?+")
"""What stands in brackets, also in those that nothing closes, without the group then."""

_NOISE = frozenset({"property", "hs", "c", "custom"})

_CHINESE = re.compile("[\u3400-\u9fff]")

_ENDS_SO = 0.86

_CONTAINS = 0.8

_SHORTEST = 4


NOT_PROPOSED = frozenset(
    {
        "person_alias", "experiment", "experiment_arm", "assignment", "action", "consent_event",
        "tag", "target_account", "account_order", "record_end",
    }
)  # fmt: skip
"""No file is proposed for these: aliases come with people, experiments are written by hand, and an
export of assignments or actions looks like one of leads, of orders like one of deals, of consent,
tags and lists like one of people or companies."""

HEADER_WORDS: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("header_words.toml").read_text(encoding="utf-8")
)


@cache
def words(header: str) -> str:
    """A header as lower-case words, without what stands in brackets and prefixes of exports.

    >>> words("property_createdAt"), words("Close Date (UTC)")
    ('created at', 'close date')
    """
    folded = unicodedata.normalize("NFKC", _without_brackets(header) or header)
    parts = _BETWEEN.sub(" ", _CASE.sub(" ", folded)).casefold().split()
    return " ".join(part for part in parts if part not in _NOISE) or folded.casefold().strip()


def _without_brackets(header: str) -> str:
    return _BRACKETS.sub(lambda found: " " if found[1] else found[0], header)


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


@cache
def is_unlike(role: str, header: str) -> bool:
    """Whether a word of a header says that it is not this, whatever else it is called.

    >>> is_unlike("closed_at", "Expected close date"), is_unlike("clicks", "点击率%")
    (True, True)
    """
    written = words(header)
    return any(
        f" {word} " in f" {written} " if word.isascii() or " " in word else word in written
        for word in HEADER_WORDS["unlike"].get(role, ())
    )


_MADE = frozenset({"load_id", "person_id", "account_id", "campaign_id", "content_id", "email_key",
    "phone_key", "email_state", "phone_state", "name_key", "cost_amount", "amount",
    "primary_lead_id", "source_system", "inferred_from", "subject_kind", "parent_id",
    "engaged_seconds"})  # fmt: skip
"""Columns that a proposal fills otherwise than from one column of the file, or leaves to those who
know whether a parent is an id or a name, and a duration is in minutes."""


RECORD = "record"
"""The role of the record's own id."""


IDS = {
    "account": "account_id",
    "person": "person_id",
    "campaign": "campaign_id",
    "content": "content_id",
    "interaction": "interaction_id",
    "lead": "lead_id",
    "opportunity": "opportunity_id",
}
"""Tables of records, and the column with the record's id."""


_SECTIONS: dict[str, tuple[str, ...]] = {
    "account": ("company",),
    "person": ("email", "phone", "company", "account_record"),
    "lead": ("email", "phone", "company", "account_record", "person_record", "campaign_name",
        "campaign_record", "content_name", "content_record"),
    "opportunity": ("email", "company", "account_record", "lead_record", "is_won", "is_closed"),
    "interaction": ("email", "phone", "person_record", "campaign_name", "campaign_record",
        "content_name", "content_record", "address"),
    "campaign_spend": ("campaign_name", "campaign_record"),
    "path": ("touches",),
}  # fmt: skip


BESIDES: dict[str, dict[str, tuple[str, ...]]] = {
    "lead": {
        "person": ("job_title", "department", "seniority", "persona", "city"),
        "account": ("industry", "size_band", "country", "region", "city", "domain"),
    },
    "person": {"account": ("industry", "size_band", "country", "domain")},
    "opportunity": {"account": ("industry", "size_band", "country", "region", "city", "domain")},
    "campaign_spend": {"campaign": ("channel", "product", "region", "tool")},
    "path_touch": {"path": ("conversions", "value_amount", "currency", "nulls")},
}
"""Facts about others that a record of a table often carries, by the table they belong to."""


_KINDS = {
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "company": Kind.COMPANY,
    "address": Kind.URL,
    "domain": Kind.DOMAIN,
    "size_band": Kind.HEADCOUNT,
    "country": Kind.COUNTRY,
    "city": Kind.CITY,
    "currency": Kind.CURRENCY,
}

_NAMES = frozenset({"company", "campaign_name", "content_name"})

_CODES = frozenset(
    {Look.CODE, Look.NUMBER, Look.TEXT, Look.PATH, Look.PHONE, Look.EMPTY, Look.BOOLEAN}
)

_LOOKS = {
    "email": {Look.EMAIL, Look.EMPTY},
    "phone": {Look.PHONE, Look.NUMBER, Look.EMPTY},
    "address": {Look.URL, Look.DOMAIN, Look.EMPTY},
    "domain": {Look.URL, Look.DOMAIN, Look.EMPTY},
    "currency": {Look.CURRENCY, Look.EMPTY},
    "size_band": {Look.NUMBER, Look.AMOUNT, Look.TEXT, Look.CODE, Look.EMPTY},
    "is_won": {Look.BOOLEAN, Look.EMPTY},
    "is_closed": {Look.BOOLEAN, Look.EMPTY},
    "touches": {Look.PATH, Look.TEXT, Look.EMPTY},
}

GIVEN_AWAY_BY_VALUES = {
    "email": Look.EMAIL,
    "phone": Look.PHONE,
    "address": Look.URL,
    "currency": Look.CURRENCY,
    "touches": Look.PATH,
}
"""Roles that values alone give away, and how those values look."""


@dataclass(frozen=True, slots=True)
class Role:
    """Something that a column of the file may be, under the name that a proposal gives it."""

    name: str
    spellings: tuple[str, ...]
    looks: frozenset[Look]
    kind: Kind | None = None
    targets: tuple[tuple[str, str], ...] = ()
    """Canonical columns that take its value, as table and column."""


def roles(mappings: dict[str, Mapping], table: str) -> tuple[Role, ...]:
    """What the columns of a file may be whose rows are of this table."""
    found: dict[str, Role] = {}
    if table in IDS:
        found[RECORD] = _record(mappings, table)
    for name in _SECTIONS.get(table, ()):
        found[name] = Role(
            name=name,
            spellings=tuple(HEADER_WORDS["sections"][name]),
            looks=frozenset(_LOOKS.get(name, _CODES | {Look.AMOUNT})),
            kind=_KINDS.get(name),
        )
    wanted = [(table, name) for name in fields(table) if name not in _MADE | set(IDS.values())]
    wanted += [(other, name) for other, names in BESIDES.get(table, {}).items() for name in names]
    if table not in IDS:
        wanted += [(table, name) for name in fields(table) if name in set(IDS.values()) - _MADE]
    for into, name in wanted:
        if table == "account" and name == "name":
            continue  # the section [account] has it
        known = found.get(name)
        field = fields(into)[name]
        found[name] = Role(
            name=name,
            spellings=(*(known.spellings if known else ()), *_spellings(mappings, into, name)),
            looks=known.looks if known else _looks(field),
            kind=_KINDS.get(name) or _kind(field),
            targets=(*(known.targets if known else ()), (into, name)),
        )
    if table == "lead":
        for stage, spellings in HEADER_WORDS["stages"].items():
            name = f"became_{stage}"
            dates = frozenset({Look.DATE, Look.EMPTY})
            found[name] = Role(name, tuple(spellings), dates)
    return tuple(found.values())


def is_name(role: Role) -> bool:
    """Whether the role is a name of something, for people to read."""
    return role.name in _NAMES


def _record(mappings: dict[str, Mapping], table: str) -> Role:
    words = HEADER_WORDS["id"]["words"]
    about = HEADER_WORDS["about"].get(table, [])
    own = [f"{each} {word}" for each in about for word in ("id", "no", "number", "nr")]
    own += [f"{each}编号" for each in about]
    learned = _spellings(mappings, table, IDS[table])
    return Role(RECORD, (*words, *own, *learned), _CODES, targets=((table, IDS[table]),))


def _spellings(mappings: dict[str, Mapping], table: str, name: str) -> tuple[str, ...]:
    """The canonical name, its usual words, and every header that a mapping puts into it."""
    found = dict.fromkeys((name, *HEADER_WORDS["words"].get(name, ())))
    if name == "spend_on":
        found |= dict.fromkeys(word for each in HEADER_WORDS["periods"].values() for word in each)
    for mapping in mappings.values():
        for rows in mapping.tables:
            assigned = rows.columns.get(name)
            if rows.into != table or not isinstance(assigned, Template) or not assigned.alone:
                continue
            for each in assigned.alone.names:
                column = mapping.columns.get(each)
                if column is None or column.is_list or column.last_day_of:
                    continue
                if column.kind not in PERSONAL_KINDS:
                    found |= dict.fromkeys(column.source)
    return tuple(found)


def _looks(field: Field) -> frozenset[Look]:
    if field.name in _LOOKS:
        return frozenset(_LOOKS[field.name])
    if isinstance(field.dtype, pl.Date | pl.Datetime):
        return frozenset({Look.DATE, Look.EMPTY})
    if isinstance(field.dtype, pl.Boolean):
        return frozenset({Look.BOOLEAN, Look.EMPTY})
    if field.allowed:
        return frozenset({Look.TEXT, Look.CODE, Look.BOOLEAN, Look.EMPTY})
    if isinstance(field.dtype, pl.String):
        return frozenset(set(Look) - {Look.DATE, Look.EMAIL})
    return frozenset({Look.AMOUNT, Look.NUMBER, Look.BOOLEAN, Look.EMPTY})


def _kind(field: Field) -> Kind | None:
    if field.name in ("original_amount", "original_cost_amount", "value_amount"):
        return Kind.MONEY
    if field.name in ("conversions", "nulls"):
        return Kind.NUMBER
    return Kind.PERCENT if field.name == "probability" else None


def tables() -> tuple[str, ...]:
    """Tables that a row of a file may be."""
    return tuple(table for table in CANONICAL if table not in NOT_PROPOSED)
