"""Which column of a file is what, and which table its rows are of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from loaders.language.model import Mapping
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.roles import (
    GIVEN_AWAY_BY_VALUES,
    HEADER_WORDS,
    IDS,
    RECORD,
    Role,
    closest_of,
    is_name,
    roles,
    tables,
    words,
)

_CLOSE = 0.74

_BY_VALUES = 0.55

_NAMED_SO = 2.5

_ID_NAMED_SO = 0.8

_LACKING = 1.5

NEEDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "account": (("company",),),
    "person": (("email", "phone", "job_title"),),
    "lead": ((RECORD, "email", "phone"), ("created_at", "status", "channel")),
    "opportunity": ((RECORD,), ("stage", "original_amount", "closed_at", "is_won", "outcome")),
    "campaign": (("name",),),
    "campaign_spend": (
        ("campaign_name", "campaign_record"),
        ("spend_on",),
        ("original_cost_amount",),
    ),
    "content": (("title",), ("kind", "topic", "published_on")),
    "interaction": (("occurred_at",), ("action", "email", "person_record", "visitor_id")),
    "stage_change": (("subject_id",), ("stage",), ("entered_at",)),
    "opportunity_lead": (("opportunity_id",), ("lead_id",)),
    "opportunity_change": (("opportunity_id",), ("changed_at",), ("field",), ("new",)),
    "exchange_rate": (("currency",), ("rate",), ("rate_on",)),
    "plan": (("metric",), ("target",), ("month_on",)),
    "path": (("touches",), ("conversions",)),
    "path_touch": (("path_id",), ("position",), ("channel",)),
}
"""What a file must have to be of a table: of each group one."""


@dataclass(frozen=True, slots=True)
class Match:
    """A header and the role that it seems to have."""

    header: str
    role: Role
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """A table and what a file's columns are if its rows are of it."""

    table: str
    matches: tuple[Match, ...]
    score: float
    next_best: str = ""
    """The table that would come next."""

    def match(self, name: str) -> Match | None:
        """The match of a role, if a column has it."""
        return next((match for match in self.matches if match.role.name == name), None)


def best_fit(mappings: dict[str, Mapping], seen: dict[str, Evidence], stem: str) -> Fit:
    """The table that a file's rows seem to be of, by its columns and its name."""
    fits = (fit_as(mappings, table, seen, stem) for table in tables())
    best, second, *_ = sorted(fits, key=lambda fit: -fit.score)
    return replace(best, next_best=second.table)


def fit_as(mappings: dict[str, Mapping], table: str, seen: dict[str, Evidence], stem: str) -> Fit:
    """What a file's columns are if its rows are of this table."""
    matches = _matches(roles(mappings, table), seen)
    found = {match.role.name for match in matches}
    score = sum(match.confidence for match in matches)
    score -= _LACKING * sum(not found.intersection(group) for group in NEEDS[table])
    about = HEADER_WORDS["about"].get(table, [])
    if any(_says(stem, word) for word in about):
        score += _NAMED_SO
    record = next((match for match in matches if match.role.name == RECORD), None)
    if record and any(_says(record.header, word) for word in about):
        score += _ID_NAMED_SO
    return Fit(table, matches, score)


def _says(text: str, word: str) -> bool:
    return f" {word} " in f" {words(text)} " if word.isascii() else word in text


def _matches(known: Iterable[Role], seen: dict[str, Evidence]) -> tuple[Match, ...]:
    """For each role the header that is most likely it; each header is used once."""
    pairs = [
        match
        for role in known
        for header, evidence in seen.items()
        if (match := _match(role, header, evidence))
    ]
    chosen: dict[str, Match] = {}
    taken: set[str] = set()
    for match in sorted(pairs, key=lambda each: -each.confidence):
        if match.role.name not in chosen and match.header not in taken:
            chosen[match.role.name] = match
            taken.add(match.header)
    return tuple(chosen[role.name] for role in known if role.name in chosen)


def _match(role: Role, header: str, evidence: Evidence) -> Match | None:
    if evidence.look not in role.looks or words(header) in _personal():
        return None
    like, word = closest_of(header, role.spellings)
    given_away = GIVEN_AWAY_BY_VALUES.get(role.name) is evidence.look
    if like < _CLOSE:
        if not given_away:
            return None
        return Match(header, role, _BY_VALUES, f"values are {evidence.look}")
    reason = "header" if like == 1 else f'header is like "{word}"'
    if evidence.look is Look.EMPTY:
        return Match(header, role, like * 0.75, f"{reason}, no values")
    if given_away or evidence.look is Look.DATE:
        return Match(header, role, like + (1 - like) / 2, f"{reason}, values are {evidence.look}")
    if is_name(role) and evidence.look in (Look.CODE, Look.NUMBER, Look.BOOLEAN):
        return Match(header, role, like * 0.6, f"{reason}, but values are {evidence.look}")
    if _is_id(role) and evidence.look is Look.TEXT and not words(header).endswith("id"):
        return Match(header, role, like * 0.6, f"{reason}, but values are {evidence.look}")
    return Match(header, role, like * 0.97, f"{reason}, values are {evidence.look}")


def _is_id(role: Role) -> bool:
    return role.name.endswith(RECORD) or role.name in IDS.values() or role.name == "subject_id"


def _personal() -> frozenset[str]:
    return frozenset(map(words, HEADER_WORDS["personal"]["words"]))
