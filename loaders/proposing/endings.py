"""What a file says of records that are gone in their source: deleted, archived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from loaders.language.parse import as_toml
from loaders.proposing.answers import columns_of, deleted_words
from loaders.proposing.by_values import means_deleted
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.matching import Fit
from loaders.proposing.roles import HEADER_WORDS, RECORD, words
from loaders.proposing.toml_head import quoted

_RECORDS = ("lead", "opportunity", "account", "campaign", "content")
"""Tables whose rows are records that can end, if the file has their ids."""

_FEW = 30
"""A column of states has no more different words."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A column of which some words, or any value, say that the record is gone."""

    name: str
    header: str | None
    """None where the mapping has the column for something else already."""
    said: tuple[str, ...]
    """The words; none where any value says it, such as the day of deletion."""


def endings(fit: Fit, seen: dict[str, Evidence]) -> list[Ending]:
    """What says of a row that its record is gone, by the columns of the mapping that say it."""
    found = [Ending(name, None, tuple(said)) for name, said in deleted_words(fit, seen).items()]
    used = {header for _, header in columns_of(fit)}
    for header, each in seen.items():
        said = None if header in used else _said(header, each)
        if said is not None:
            own = sum(ending.header is not None for ending in found)
            found.append(Ending(f"deleted_{own + 1}" if own else "deleted", header, said))
    return found


def _said(header: str, evidence: Evidence) -> tuple[str, ...] | None:
    """The words of a column that say so, none for a day; None if the column says nothing."""
    if _bare(header) in map(_bare, HEADER_WORDS["deleted"]["headers"]):
        if evidence.look is Look.DATE:
            return ()
        given = {word.casefold() for word in evidence.distinct}
        yes, no = (HEADER_WORDS["deleted"][each] for each in ("yes", "no"))
        if given and given <= {*yes, *no}:
            return tuple(dict.fromkeys((*_USUAL, *(word for word in yes if word in given))))
    if evidence.look is Look.TEXT and len(evidence.distinct) <= _FEW:
        return tuple(filter(means_deleted, evidence.distinct)) or None
    return None


_USUAL = ("true", "yes", "1")


def _bare(text: str) -> str:
    return words(text).replace(" ", "")


def ending_columns(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The lines of [columns] that the endings need."""
    for each in endings(fit, seen):
        if each.header is not None:
            yield f"{each.name} = {quoted(each.header)}   # whether the record is gone"


def ending_sections(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """[[ended]] where the row is a record with an id; else such rows are left out by [[skip]]."""
    is_record = fit.table in _RECORDS and (
        fit.has(RECORD) or (fit.table == "account" and fit.has("company"))
    )
    for each in endings(fit, seen):
        section = "ended" if is_record else "skip"
        yield f"[[{section}]]   # what the source has deleted"
        yield f"column = {quoted(each.name)}"
        yield f"is = {as_toml(list(each.said))}" if each.said else "present = true"
        yield ""
