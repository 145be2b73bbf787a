"""Makes a proposal for a file that no mapping fits, from the values of its columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.privacy.contacts import MASK, has_contact, without_contacts
from loaders.language.column import PERSONAL_KINDS
from loaders.language.model import Mapping
from loaders.proposing.evidence import Look, evidence
from loaders.proposing.matching import Fit, best_fit, fit_as
from loaders.proposing.numbered import in_numbers, stands_for
from loaders.proposing.proposal import Proposal, ProposedColumn
from loaders.proposing.roles import HEADER_WORDS, words
from loaders.proposing.toml_columns import column_kind
from loaders.proposing.toml_tables import proposal_text

_EXAMPLES_SHOWN = 3


_NOT_PROPOSED = ("_fivetran", "_airbyte", "_sdc", "_dlt")
"""How columns begin that a sync adds of its own."""


def propose(mappings: dict[str, Mapping], examples: dict[str, list[str]], path: Path) -> Proposal:
    """What a file's columns seem to be, by their headers and values, and a mapping to edit.

    `examples` are some values of each of the file's columns, trimmed and without empty ones.
    """
    seen = {
        header: evidence(values)
        for header, values in examples.items()
        if header.strip() and not header.casefold().startswith(_NOT_PROPOSED)
    }
    fit = best_fit(mappings, seen, path.stem)
    numbered = in_numbers(seen)
    if len(numbered) < len(seen):
        of_paths = fit_as(mappings, "path", numbered, path.stem)
        if of_paths.match("touches") and of_paths.score > fit.score:
            other = fit.next_best if fit.table == "path" else fit.table
            fit = replace(of_paths, next_best=other)
    columns = tuple(_column(fit, header, values) for header, values in examples.items())
    personal = {column.header for column in columns if MASK in column.examples}
    shown = {
        header: replace(each, distinct=() if header in personal else _harmless(each.distinct))
        for header, each in seen.items()
    }
    if match := fit.match("touches"):
        shown |= {match.header: numbered.get(match.header) or shown[match.header]}
    toml = proposal_text(fit, shown, path)
    return Proposal(fit.table, columns, toml, {name: shown[name] for name in seen})


def _harmless(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts in which there is no contact: a mapping is kept, and may say what they mean."""
    return tuple(text for text in texts if not has_contact(text))


def _column(fit: Fit, header: str, values: list[str]) -> ProposedColumn:
    found = evidence(values)
    match = next((each for each in fit.matches if stands_for(each.header, header)), None)
    kind = column_kind(match, found) if match else None
    personal = (
        found.look in (Look.EMAIL, Look.PHONE)
        or kind in PERSONAL_KINDS
        or words(header) in {words(word) for word in HEADER_WORDS["personal"]["words"]}
    )
    texts = found.distinct[:_EXAMPLES_SHOWN]
    shown = tuple(MASK if personal else without_contacts(text) for text in texts)
    if match is None:
        reason = f"nothing is called so; values are {found.look}"
        return ProposedColumn(header, reason=reason, examples=shown)
    return ProposedColumn(
        header=header,
        name=match.role.name,
        feeds=tuple(f"{table}.{column}" for table, column in match.role.targets),
        kind=kind.value if kind else "",
        confidence=round(match.confidence, 2),
        reason=match.reason,
        examples=shown,
    )
