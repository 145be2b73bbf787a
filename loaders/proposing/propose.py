"""Makes a proposal for a file that no mapping fits, from the values of its columns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from data.privacy.contacts import MASK, has_contact, without_contacts
from loaders.language.column import PERSONAL_KINDS
from loaders.language.model import Mapping
from loaders.proposing.answers import Answers
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.matching import Fit, best_fit, fit_as
from loaders.proposing.proposal import Proposal, ProposedColumn
from loaders.proposing.readings import as_its_siblings
from loaders.proposing.recognised import ADDED_BY_SYNC
from loaders.proposing.roles import HEADER_WORDS, words
from loaders.proposing.sample import Sample, in_numbers, stands_for
from loaders.proposing.toml_columns import column_kind
from loaders.proposing.toml_tables import proposal_text

_EXAMPLES_SHOWN = 3


def propose(
    mappings: dict[str, Mapping],
    examples: dict[str, list[str]],
    path: Path,
    all_words: dict[str, list[str]] | None = None,
) -> Proposal:
    """What a file's columns seem to be, by their headers and values, and a mapping to edit.

    `examples` are the values of each of the file's columns in its first rows, trimmed; an empty
    text where a row has none. `all_words` are those of columns with few in the whole file.
    """
    sample = Sample.of(examples, all_words or {})
    seen = {
        header: sample.evidence(header)
        for header in examples
        if header.strip() and not header.casefold().startswith(ADDED_BY_SYNC)
    }
    fit = best_fit(mappings, seen, path.stem)
    numbered = in_numbers(seen)
    if len(numbered) < len(seen):
        of_paths = fit_as(mappings, "path", numbered, path.stem)
        if of_paths.match("touches") and of_paths.score > fit.score:
            other = fit.next_best if fit.table == "path" else fit.table
            fit = replace(of_paths, next_best=other)
    columns = tuple(_column(fit, header, sample.evidence(header)) for header in examples)
    personal = {column.header for column in columns if MASK in column.examples}
    shown = {
        header: replace(each, distinct=() if header in personal else _harmless(each.distinct))
        for header, each in seen.items()
    }
    if match := fit.match("touches"):
        shown |= {match.header: numbered.get(match.header) or shown[match.header]}
    settled = {header: as_its_siblings(header, shown) for header in shown}
    toml = proposal_text(fit, settled, path, Answers(sums=sample.sums))
    return Proposal(fit.table, columns, toml, {name: settled[name] for name in seen}, sample.sums)


def _harmless(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts in which there is no contact: a mapping is kept, and may say what they mean."""
    return tuple(text for text in texts if not has_contact(text))


def _column(fit: Fit, header: str, found: Evidence) -> ProposedColumn:
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
        if asked := [role.name for role, able in fit.unsure if header in able]:
            reason = f"may be {' or '.join(asked)}; values are {found.look}"
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
