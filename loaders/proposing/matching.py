"""Which column of a file is what, and which table its rows are of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, replace

from loaders.language.model import Mapping
from loaders.proposing.by_values import (
    NEEDS,
    is_asked,
    may_be_money,
    says_outcome,
    shape_of,
    sought,
)
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.roles import (
    GIVEN_AWAY_BY_VALUES,
    HEADER_WORDS,
    IDS,
    RECORD,
    Role,
    closest_of,
    is_name,
    is_unlike,
    roles,
    tables,
    words,
)

_CLOSE = 0.8

_CLOSE_FOR_DATES_AND_IDS = 0.92
"""Headers of dates and ids are alike though they mean others: `create date` and `close date`."""

_ENDS_SO = 0.86

_BY_VALUES = 0.55

_NAMED_SO = 2.5

_ID_NAMED_SO = 0.8

_LACKING = 1.5

_LEFT_OUT = 0.4

_LATER_WORD = 1e-5
"""Of two headers that are words of a role the one counts that is named first: a day, no period."""

_UNIQUE = 0.9
"""Of the values of a record's id so many are different."""


@dataclass(frozen=True, slots=True)
class Match:
    """A header and the role that it seems to have; `others` are read where it has no value."""

    header: str
    role: Role
    confidence: float
    reason: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """A table and what a file's columns are if its rows are of it."""

    table: str
    matches: tuple[Match, ...]
    score: float
    next_best: str = ""
    """The table that would come next."""
    unsure: tuple[tuple[Role, tuple[str, ...]], ...] = ()
    """Roles that rows of the table need and that several columns may have, with their headers."""

    def match(self, name: str) -> Match | None:
        """The match of a role, if a column has it."""
        return next((match for match in self.matches if match.role.name == name), None)

    def candidates(self, name: str) -> dict[str, str]:
        """Headers that may have a role of which one does, by what a mapping calls them."""
        for role, headers in self.unsure:
            if role.name == name:
                return {f"{name}_{number}": header for number, header in enumerate(headers, 1)}
        return {}

    def has(self, name: str) -> bool:
        """Whether a column has or may have a role."""
        return self.match(name) is not None or bool(self.candidates(name))


def best_fit(mappings: dict[str, Mapping], seen: dict[str, Evidence], stem: str) -> Fit:
    """The table that a file's rows seem to be of, by its columns and its name."""
    fits = (fit_as(mappings, table, seen, stem) for table in tables())
    best, second, *_ = sorted(fits, key=lambda fit: -fit.score)
    return replace(best, next_best=second.table)


def fit_as(mappings: dict[str, Mapping], table: str, seen: dict[str, Evidence], stem: str) -> Fit:
    """What a file's columns are if its rows are of this table."""
    known = roles(mappings, table)
    matches = _matches(known, seen)
    if table == "opportunity":
        matches = _with_closing(known, _without_silent_outcome(matches, seen), seen)
    matches, unsure = _with_those_by_values(table, known, matches, seen)
    found = {match.role.name for match in matches}
    perhaps = {role.name for role, _ in unsure}
    score = sum(match.confidence for match in matches) + shape_of(table, seen)
    for group in NEEDS[table]:
        if not found.intersection(group):
            score -= _LACKING / 2 if perhaps.intersection(group) else _LACKING
    taken = {header for match in matches for header in (match.header, *match.others)}
    taken |= {header for _, headers in unsure for header in headers}
    left = [each for header, each in seen.items() if header not in taken]
    score -= _LEFT_OUT * sum(each.look in (Look.DATE, Look.AMOUNT) for each in left)
    about = HEADER_WORDS["about"].get(table, [])
    if any(_says(stem, word) for word in about):
        score += _NAMED_SO
    record = next((match for match in matches if match.role.name == RECORD), None)
    if record and any(_says(record.header, word) for word in about):
        score += _ID_NAMED_SO
    return Fit(table, matches, score, unsure=unsure)


def _says(text: str, word: str) -> bool:
    return f" {word} " in f" {words(text)} " if word.isascii() else word in text


def _matches(known: Iterable[Role], seen: dict[str, Evidence]) -> tuple[Match, ...]:
    """For each role the header that is most likely it; each header is used once."""
    known = tuple(known)
    called = plain_names(seen)
    pairs = [
        match
        for role in known
        for header, evidence in seen.items()
        if (match := _match(role, header, called[header], evidence))
    ]
    chosen: dict[str, Match] = {}
    taken: set[str] = set()
    for match in sorted(pairs, key=lambda each: -each.confidence):
        if match.role.name not in chosen and match.header not in taken:
            chosen[match.role.name] = match
            taken.add(match.header)
    return tuple(chosen[role.name] for role in known if role.name in chosen)


_PREFIX = re.compile(r"(?P<prefix>.{1,40}?(?: [-–] |: |：))(?=.)")


def plain_names(headers: Iterable[str]) -> dict[str, str]:
    """Headers without a prefix that many of them share, as in `Deal - Value` and `Deal - Stage`.

    >>> plain_names(["Deal - ID", "Deal - Value", "Deal - Stage", "Organization"])["Deal - Value"]
    'Value'
    """
    headers = tuple(headers)
    prefixes = Counter(found["prefix"] for header in headers if (found := _PREFIX.match(header)))
    shared = [prefix for prefix, times in prefixes.items() if times >= 3]
    return {
        header: next(
            (header.removeprefix(each) for each in shared if header.startswith(each)), header
        )
        for header in headers
    }


def _match(role: Role, header: str, called: str, evidence: Evidence) -> Match | None:
    if evidence.look not in role.looks or words(called) in _personal():
        return None
    if _is_refused(role, called, evidence):
        return None
    like, word = closest_of(called, role.spellings)
    given_away = GIVEN_AWAY_BY_VALUES.get(role.name) is evidence.look
    if like < _least(role, called, word):
        if not given_away:
            return None
        return Match(header, role, _BY_VALUES, f"values are {evidence.look}")
    reason = "header" if like == 1 else f'header is like "{word}"'
    if evidence.look is Look.EMPTY:
        return Match(header, role, like * 0.75, f"{reason}, no values")
    if given_away or evidence.look is Look.DATE:
        like += (1 - like) / 2 - _LATER_WORD * role.spellings.index(word)
        return Match(header, role, like, f"{reason}, values are {evidence.look}")
    if is_name(role) and evidence.look in (Look.CODE, Look.NUMBER, Look.BOOLEAN):
        return Match(header, role, like * 0.6, f"{reason}, but values are {evidence.look}")
    if _is_id(role) and evidence.look is Look.TEXT and not words(called).endswith("id"):
        return Match(header, role, like * 0.6, f"{reason}, but values are {evidence.look}")
    return Match(header, role, like * 0.97, f"{reason}, values are {evidence.look}")


def _least(role: Role, called: str, word: str) -> float:
    """How alike a header must be: ids, dates and short words differ in few letters."""
    if Look.DATE in role.looks:
        return _CLOSE_FOR_DATES_AND_IDS
    if words(called).endswith(f" {words(word)}"):
        return _CLOSE
    strict = _is_id(role) or is_name(role)
    return _CLOSE_FOR_DATES_AND_IDS if strict else _CLOSE


def _is_refused(role: Role, called: str, evidence: Evidence) -> bool:
    """Whether the values or a word of the header say that a column is not this."""
    if is_unlike(role.name, called):
        return True
    if role.name == RECORD:
        return evidence.look is not Look.EMPTY and evidence.unique < _UNIQUE
    return role.name == "person_record" and evidence.people


def _is_id(role: Role) -> bool:
    return role.name.endswith(RECORD) or role.name in IDS.values() or role.name == "subject_id"


def _personal() -> frozenset[str]:
    return frozenset(map(words, HEADER_WORDS["personal"]["words"]))


def _without_silent_outcome(
    matches: tuple[Match, ...], seen: MappingOf[str, Evidence]
) -> tuple[Match, ...]:
    """The matches without an outcome that neither its words nor its very header says."""
    return tuple(
        match
        for match in matches
        if match.role.name != "outcome"
        or says_outcome(seen[match.header])
        or (match.reason.startswith("header,") and not any(map(says_outcome, seen.values())))
    )


def _with_closing(
    known: Iterable[Role], matches: tuple[Match, ...], seen: MappingOf[str, Evidence]
) -> tuple[Match, ...]:
    """The matches with the day of closing, where won and lost deals have a column each."""
    if any(match.role.name == "closed_at" for match in matches):
        return matches
    taken = {match.header for match in matches}
    called = plain_names(seen)
    headers = [
        header
        for spellings in HEADER_WORDS["closings"].values()
        for header, evidence in seen.items()
        if header not in taken
        and evidence.look is Look.DATE
        and closest_of(called[header], spellings)[0] >= _CLOSE_FOR_DATES_AND_IDS
    ]
    role = next((role for role in known if role.name == "closed_at"), None)
    if not headers or role is None:
        return matches
    first, *others = dict.fromkeys(headers)
    return (*matches, Match(first, role, 1.0, "header, values are dates", tuple(others)))


def _with_those_by_values(
    table: str, known: Iterable[Role], matches: tuple[Match, ...], seen: MappingOf[str, Evidence]
) -> tuple[tuple[Match, ...], tuple[tuple[Role, tuple[str, ...]], ...]]:
    """Needed roles that no header gives: the only column whose values are such, else the choice."""
    unsure: list[tuple[Role, tuple[str, ...]]] = []
    called = plain_names(seen)
    for role in known:
        found = {match.role.name for match in matches}
        wanted = sought(table, role.name, found)
        if wanted is None:
            continue
        taken = {header for match in matches for header in (match.header, *match.others)}
        free = {
            header: evidence
            for header, evidence in seen.items()
            if header not in taken
            and not _is_refused(role, called[header], evidence)
            and words(called[header]) not in _personal()
        }
        able = tuple(header for header, each in free.items() if wanted(called[header], each))
        perhaps = tuple(header for header, each in free.items() if may_be_money(role.name, each))
        if len(able) == 1 and not is_asked(table, role.name):
            reason = f"the only column left whose values are {seen[able[0]].look}"
            matches = (*matches, Match(able[0], role, _BY_VALUES, reason))
        elif able or perhaps:
            unsure.append((role, able or perhaps))
    order = {role.name: place for place, role in enumerate(known)}
    in_order = sorted(matches, key=lambda match: order[match.role.name])
    return tuple(in_order), tuple(unsure)
