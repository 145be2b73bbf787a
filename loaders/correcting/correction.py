"""A proposed mapping put right by a person: what each column is, and the mapping that follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from loaders.correcting.target_names import target_name
from loaders.forms.dates import formats_like
from loaders.language.column import Kind
from loaders.language.library import read_mappings
from loaders.proposing.answers import (
    NOTHING,
    Answers,
    Interpreted,
    currency_open,
    headers_of_words,
    interpreted,
    marks_open,
    matched,
    meanings,
    words_of,
)
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.matching import Fit, Match, fit_as
from loaders.proposing.readings import Reading, date_readings, either
from loaders.proposing.roles import Role, roles
from loaders.proposing.toml_columns import column_kind, lacks_closing
from loaders.proposing.toml_head import Label
from loaders.proposing.toml_tables import proposal_text

SEVERAL = frozenset({"closed_at"})
"""Roles that several columns may have: the first that has a value counts."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one column of the file is: its role, none to leave it out, and how it is read.

    `kind` None is the kind that the role implies; `dates` empty is the format of the values.
    """

    header: str
    role: str = ""
    kind: Kind | None = None
    dates: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person says of a file: its label, the table of its rows, and each column."""

    label: Label
    table: str
    choices: tuple[Choice, ...]
    answers: Answers = field(default_factory=Answers)


@cache
def targets(table: str) -> dict[str, str]:
    """What columns may be in a file of this table: roles, each with what people call it.

    >>> targets("lead")["channel"], targets("lead")["email"]
    ('Lead: channel or source', 'Person: e-mail')
    """
    return {name: target_name(name, role.targets) for name, role in _roles(table).items()}


def takes_dates(table: str, role: str) -> bool:
    """Whether a column of this role holds days or times.

    >>> takes_dates("lead", "created_at"), takes_dates("lead", "channel")
    (True, False)
    """
    return role in _roles(table) and Look.DATE in _roles(table)[role].looks


def date_formats(evidence: Evidence) -> tuple[str, ...]:
    """The formats to choose from: those that fit all values, then those of values alike."""
    return tuple(dict.fromkeys((*evidence.formats, *formats_like(evidence.distinct))))


def as_proposed(evidence: dict[str, Evidence], table: str, path: Path) -> tuple[Choice, ...]:
    """What the columns seem to be if the file's rows are of this table."""
    fit = fit_as(read_mappings(), table, evidence, path.stem)
    found = {header: match for match in fit.matches for header in matched(match)}
    return tuple(
        _proposed(found.get(header), header, evidence=each) for header, each in evidence.items()
    )


def as_mapped(
    proposed: tuple[Choice, ...], mapped: dict[str, str], table: str
) -> tuple[Choice, ...]:
    """What the columns are by the mapping that fits, read as `proposed` where that is the same."""
    given = [(choice, mapped.get(choice.header, "")) for choice in proposed]
    known = _roles(table)
    return tuple(
        choice
        if choice.role == role
        else replace(choice, role=role, kind=known[role].kind if role else None)
        for choice, role in given
    )


def corrected_text(correction: Correction, evidence: dict[str, Evidence], path: Path) -> str:
    """The mapping that follows from the choices, as TOML. The choices have no `problems`.

    What the values leave open and nobody said is left to be decided, as `undecided` tells.
    """
    fit, seen = _chosen(correction, evidence)
    return proposal_text(fit, seen, path, correction.answers, correction.label)


@dataclass(frozen=True, slots=True)
class Questions:
    """What the chosen columns leave open: readings of their numbers, the currency, and words.

    `words` have what each word of a column means, empty where that is open, and `headers` which
    column of the file it is, both by name; `meanings` are those to choose from. `interpreted` are
    the other columns whose words count: those of channels, and those with few values.
    """

    numbers: tuple[Reading, ...]
    currency: bool
    words: dict[str, dict[str, str]]
    headers: dict[str, str]
    meanings: tuple[str, ...]
    interpreted: tuple[Interpreted, ...]


def questions(
    correction: Correction, evidence: dict[str, Evidence], channels: tuple[str, ...]
) -> Questions:
    """What to ask besides the columns and the formats of their dates, answered or not.

    `channels` are those that there are.
    """
    fit, seen = _chosen(correction, evidence)
    readings = marks_open(fit, seen)
    return Questions(
        numbers=readings if len(readings) > 1 else (),
        currency=currency_open(fit, seen),
        words=words_of(fit, seen, Answers()),
        headers=headers_of_words(fit),
        meanings=(*meanings(fit), *((NOTHING,) if fit.table == "lead" else ())),
        interpreted=interpreted(fit, seen, Answers(), channels),
    )


def undecided(correction: Correction, evidence: dict[str, Evidence]) -> list[str]:
    """What is still to be said before the file can be loaded, in sentences."""
    fit, seen = _chosen(correction, evidence)
    answers = correction.answers
    found = [
        f"Choose how the dates of {match.header} are written: {either(readings)}."
        for match in fit.matches
        if len(readings := date_readings(seen[match.header])) > 1
    ]
    readings = marks_open(fit, seen)
    if answers.numbers is None and len(readings) > 1:
        found.append(f"Choose how numbers are written: {either(readings)}.")
    if answers.currency is None and currency_open(fit, seen):
        found.append("Choose the currency of the amounts: nothing in the file names it.")
    found += [
        f'Choose what "{word}" means.'
        for known in words_of(fit, seen, answers).values()
        for word, use in known.items()
        if not use
    ]
    for column in interpreted(fit, seen, answers):
        if open_words := [word for word, use in column.words.items() if not use]:
            found.append(_what_to_say(column, open_words))
    if lacks_closing(fit, seen, answers):
        known = targets(correction.table)["closed_at"]
        found.append(f"Deals are won and no column says when: choose one that becomes {known}.")
    return found


def _what_to_say(column: Interpreted, open_words: list[str]) -> str:
    named = ", ".join(f'"{word}"' for word in open_words[:_NAMED])
    more = f" and {len(open_words) - _NAMED} more" if len(open_words) > _NAMED else ""
    if column.is_channel:
        return f"Choose the channel of {named}{more}, or keep the words of {column.header}."
    return f"Choose what {named}{more} in {column.header} means."


_NAMED = 5
"""So many open words of a column are named."""


def _chosen(
    correction: Correction, evidence: dict[str, Evidence]
) -> tuple[Fit, dict[str, Evidence]]:
    """The choices as what a file's columns are, and what these look like as they were chosen."""
    known = _roles(correction.table)
    seen = dict(evidence)
    matches: list[Match] = []
    for choice in correction.choices:
        if not choice.role:
            continue
        role = known[choice.role]
        role = replace(role, kind=choice.kind or role.kind)
        if choice.role in SEVERAL and any(each.role.name == choice.role for each in matches):
            matches = [_with_another(match, choice) for match in matches]
        else:
            matches.append(Match(choice.header, role, 1.0, ""))
        if choice.dates:
            seen[choice.header] = replace(
                seen[choice.header], look=Look.DATE, formats=(choice.dates,)
            )
    return Fit(correction.table, tuple(matches), 0.0), seen


def _with_another(match: Match, choice: Choice) -> Match:
    if match.role.name != choice.role:
        return match
    return replace(match, others=(*match.others, choice.header))


@cache
def _roles(table: str) -> dict[str, Role]:
    return {role.name: role for role in roles(read_mappings(), table)}


def _proposed(match: Match | None, header: str, *, evidence: Evidence) -> Choice:
    if match is None:
        return Choice(header)
    readings = date_readings(evidence)
    dates = str(readings[0].says) if len(readings) == 1 else ""
    return Choice(header, match.role.name, column_kind(match, evidence), dates)
