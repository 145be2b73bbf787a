"""A proposed mapping put right by a person: what each column is, and the mapping that follows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from data.schema.contract import SYSTEM
from loaders.language.column import Kind
from loaders.language.library import read_mappings
from loaders.proposing.evidence import FORMATS, Evidence, Look
from loaders.proposing.matching import NEEDS, Fit, Match, fit_as
from loaders.proposing.roles import IDS, RECORD, Role, roles
from loaders.proposing.toml_columns import Label, column_kind
from loaders.proposing.toml_tables import proposal_text

_NAME = re.compile(r"[a-z][a-z0-9_]*")

_INDIRECT = {
    "email": "person.email_key",
    "phone": "person.phone_key",
    "person_record": "person.person_id",
    "company": "account.name",
    "account_record": "account.account_id",
    "campaign_name": "campaign.name",
    "campaign_record": "campaign.campaign_id",
    "content_name": "content.title",
    "content_record": "content.content_id",
    "is_won": "opportunity.outcome (won: yes or no)",
    "is_closed": "opportunity.outcome (closed: yes or no)",
    "touches": "path_touch.channel (in order)",
    "address": "interaction.utm_… (from the page's address)",
}
"""What roles are for that feed their columns through a section of the mapping."""


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


@cache
def targets(table: str) -> dict[str, str]:
    """What columns may be in a file of this table: roles, each with where it goes in words.

    >>> targets("lead")["channel"], targets("lead")["email"]
    ('lead.channel', 'person.email_key')
    """
    return {name: _where(role) for name, role in _roles(table).items()}


def takes_dates(table: str, role: str) -> bool:
    """Whether a column of this role holds days or times.

    >>> takes_dates("lead", "created_at"), takes_dates("lead", "channel")
    (True, False)
    """
    return role in _roles(table) and Look.DATE in _roles(table)[role].looks


def date_formats(evidence: Evidence) -> tuple[str, ...]:
    """The formats to choose from, those that fit all values first."""
    return tuple(dict.fromkeys((*evidence.formats, *FORMATS)))


def as_proposed(evidence: dict[str, Evidence], table: str, path: Path) -> tuple[Choice, ...]:
    """What the columns seem to be if the file's rows are of this table."""
    fit = fit_as(read_mappings(), table, evidence, path.stem)
    found = {match.header: match for match in fit.matches}
    return tuple(
        _proposed(found.get(header), header, evidence=each) for header, each in evidence.items()
    )


def problems(correction: Correction) -> list[str]:
    """What is wrong with the choices, in sentences; nothing when a mapping can be made of them."""
    return [*_label_problems(correction.label), *_choice_problems(correction)]


def corrected_text(correction: Correction, evidence: dict[str, Evidence], path: Path) -> str:
    """The mapping that follows from the choices, as TOML. The choices have no `problems`."""
    known = _roles(correction.table)
    seen = dict(evidence)
    matches = []
    for choice in correction.choices:
        if not choice.role:
            continue
        role = known[choice.role]
        matches.append(Match(choice.header, replace(role, kind=choice.kind or role.kind), 1.0, ""))
        if choice.dates:
            seen[choice.header] = replace(
                seen[choice.header], look=Look.DATE, formats=(choice.dates,)
            )
    return proposal_text(Fit(correction.table, tuple(matches), 0.0), seen, path, correction.label)


@cache
def _roles(table: str) -> dict[str, Role]:
    return {role.name: role for role in roles(read_mappings(), table)}


def _where(role: Role) -> str:
    if role.name.startswith("became_"):
        return f"stage_change.entered_at ({role.name.removeprefix('became_')})"
    into = [f"{table}.{column}" for table, column in role.targets]
    through = _INDIRECT.get(role.name)
    return ", ".join([through, *into] if through and through not in into else into)


def _proposed(match: Match | None, header: str, *, evidence: Evidence) -> Choice:
    if match is None:
        return Choice(header)
    dates = evidence.formats[0] if evidence.look is Look.DATE and evidence.formats else ""
    return Choice(header, match.role.name, column_kind(match, evidence), dates)


def _label_problems(label: Label) -> Iterator[str]:
    if not _NAME.fullmatch(label.name):
        yield (
            f'The name "{label.name}" must begin with a small letter and go on with small letters, '
            "digits and _, such as crm_leads."
        )
    if not label.title.strip():
        yield "The title is empty: say what people call this export."
    if not re.fullmatch(SYSTEM, label.source_system):
        yield (
            f'The system "{label.source_system}" must begin with a small letter and go on with '
            "small letters, digits and _, such as salesforce."
        )


def _choice_problems(correction: Correction) -> Iterator[str]:
    known = targets(correction.table)
    chosen: dict[str, list[str]] = {}
    for choice in correction.choices:
        if choice.role and choice.role not in known:
            yield (
                f'Column "{choice.header}": {choice.role} is nothing that a file of '
                f"{correction.table} has. Choose where it goes again."
            )
        elif choice.role:
            chosen.setdefault(choice.role, []).append(choice.header)
    if not chosen:
        yield "No column goes anywhere yet: choose where at least one of them goes."
        return
    for role, headers in chosen.items():
        if len(headers) > 1:
            listed = " and ".join(f'"{header}"' for header in headers)
            yield f"{listed} both become {known[role]}: choose one and ignore the other."
    yield from _missing(correction.table, chosen)


def _missing(table: str, chosen: Iterable[str]) -> Iterator[str]:
    """What rows of the table need and no column becomes."""
    known = targets(table)
    for number, group in enumerate(NEEDS[table]):
        able = (RECORD, *group) if table in IDS and number == 0 else group
        if not set(able).intersection(chosen):
            listed = " or ".join(known[role] for role in dict.fromkeys(able))
            yield f"Rows of {table} need {listed}: choose the column that becomes it."
