"""What a proposal says of the file's columns: how they are read, and their words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.privacy.contacts import without_contacts
from data.schema.fields import Field, fields
from loaders.language.column import Kind
from loaders.language.spellings import NUMBER
from loaders.proposing.evidence import Evidence, Look, list_marks
from loaders.proposing.matching import Fit, Match
from loaders.proposing.numbered import stands_for
from loaders.proposing.roles import HEADER_WORDS, closest_of, words

_ALIKE = 0.8


def column_kind(match: Match, evidence: Evidence) -> Kind | None:
    """The kind that a proposal gives a column; None where it follows from what the column feeds."""
    if match.role.kind is Kind.PERCENT:
        return None if _is_share(evidence) else Kind.PERCENT
    return match.role.kind


def _is_share(evidence: Evidence) -> bool:
    return bool(evidence.distinct) and all(
        re.fullmatch(r"0?[.,]\d+|[01](?:[.,]0*)?", text) for text in evidence.distinct
    )


def read_section(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The [read] section, where numbers show their marks."""
    numbers = [seen[match.header] for match in fit.matches]
    numbers = [each for each in numbers if each.look is Look.AMOUNT]
    thousands = next((each.thousands for each in numbers if each.thousands), None)
    comma = any(each.decimal == "," for each in numbers) or thousands in (".", " ")
    if not (comma or thousands):
        return
    yield "[read]"
    if comma:
        yield 'decimal = ","'
    if thousands:
        yield f"thousands = {quoted(thousands)}"
    yield ""


def columns_section(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The [columns] section: each header that is known, and those that are not as comments."""
    yield "[columns]"
    if not fit.matches:
        yield f"{UNKNOWN} = {quoted(next(iter(seen), ''))}   # 0%: no header is like one known"
    for match in fit.matches:
        evidence = seen[match.header]
        keys = {"from": quoted(match.header)}
        if kind := column_kind(match, evidence):
            keys["kind"] = quoted(kind.value)
        if evidence.look is Look.DATE and evidence.formats:
            keys["dates"] = quoted(evidence.formats[0])
        if evidence.scaled:
            keys["scaled"] = "true"
        if match.role.name == "touches" and NUMBER not in match.header:
            keys["split"] = f"[{', '.join(map(quoted, list_marks(evidence)))}]"
            keys["keep_placeholders"] = "true"
        if "micros" in words(match.header).split():
            keys["divide_by"] = "1000000"
        listed = ", ".join(f"{key} = {value}" for key, value in keys.items())
        entry = keys["from"] if len(keys) == 1 else f"{{ {listed} }}"
        yield f"{match.role.name} = {entry}{_note(match, evidence)}"
        if match.role.name == "stage" and fit.table == "opportunity" and not fit.match("outcome"):
            yield f"outcome = {quoted(match.header)}   # what became of the deal, from its stage"
            yield from _closing(fit, seen)
    used = {each for each in seen for match in fit.matches if stands_for(match.header, each)}
    personal = {words(word) for word in HEADER_WORDS["personal"]["words"]}
    for header in seen:
        if header not in used:
            why = " (personal, not stored)" if words(header) in personal else ""
            yield f"# not used: {header}{why}"


def _note(match: Match, evidence: Evidence) -> str:
    """How sure a proposed line is, and why; nothing on one that somebody chose."""
    if not match.reason:
        return ""
    note = f"   # {match.confidence:.0%}: {match.reason}"
    if len(evidence.formats) > 1 and evidence.look is Look.DATE:
        note += f"; {evidence.formats[1]} fits as well"
    return note


def _closing(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """The day a deal was closed, where one date says when it will be and, later, when it was."""
    expected, stage = fit.match("expected_close_on"), fit.match("stage")
    if expected is None or stage is None or fit.match("closed_at"):
        return
    if ended := [word for spelt in outcome_words(seen[stage.header]).values() for word in spelt]:
        formats = seen[expected.header].formats
        dates = f", dates = {quoted(formats[0])}" if formats else ""
        yield (
            f"closed_at = {{ from = {quoted(expected.header)}{dates}, when = "
            f'{{ column = "stage", is = [{", ".join(map(quoted, ended))}] }} }}'
            "   # the same date, once the deal is closed"
        )


def outcome_words(evidence: Evidence) -> dict[str, list[str]]:
    """The words of a stage that mean that a deal was won or lost."""
    return {
        outcome: [word for word in evidence.distinct if closest_of(word, known)[0] >= _ALIKE]
        for outcome, known in HEADER_WORDS["outcomes"].items()
    }


def values_sections(fit: Fit, seen: dict[str, Evidence]) -> Iterator[str]:
    """Translations: of words that a column must have, and of a deal's stage into its outcome."""
    for name, true, otherwise in (
        ("is_won", "won", '"missing"'),
        ("is_closed", "lost", '{ use = "open" }'),
    ):
        if fit.match(name):
            yield f"[values.{name}]"
            yield from (f"{quoted(word)} = {quoted(true)}" for word in ("true", "yes", "1"))
            yield f"otherwise = {otherwise}"
            yield ""
    stage = fit.match("stage") if fit.table == "opportunity" else None
    if stage and not fit.match("outcome"):
        yield "[values.outcome]"
        for outcome, meaning_it in outcome_words(seen[stage.header]).items():
            yield from (f"{quoted(word)} = {quoted(outcome)}" for word in meaning_it)
        yield 'otherwise = { use = "open" }'
        yield ""
    for match in fit.matches:
        into = [fields(table)[column] for table, column in match.role.targets]
        field = next((field for field in into if field.allowed), None)
        if field and not set(seen[match.header].distinct) <= set(field.allowed):
            yield from _allowed_words(match, field, seen[match.header])


def _allowed_words(match: Match, field: Field, evidence: Evidence) -> Iterator[str]:
    yield f"[values.{match.role.name}]   # must become one of {', '.join(field.allowed)}"
    for word in evidence.distinct[:40]:
        like, known = closest_of(word, field.allowed)
        for outcome, spelt in HEADER_WORDS["outcomes"].items():
            if outcome in field.allowed and closest_of(word, spelt)[0] > like:
                like, known = closest_of(word, spelt)[0], outcome
        yield f"{'' if like >= _ALIKE else '# '}{quoted(word)} = {quoted(known)}"
    yield 'otherwise = "missing"'
    yield ""


UNKNOWN = "column"
"""What a proposal calls a column when no header is like one known."""


_SIGNATURE = 4


@dataclass(frozen=True, slots=True)
class Label:
    """What a mapping is called, what people call it, and the system whose export it reads."""

    name: str
    title: str
    source_system: str

    @classmethod
    def of(cls, path: Path) -> Label:
        """The label that a file's own name suggests.

        >>> Label.of(Path("Deals 2026.csv")).name
        'deals_2026'
        """
        title = without_contacts(path.stem)
        name = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_") or "export"
        name = name if name[0].isalpha() else f"export_{name}"
        return cls(name, title, name)


def proposed_head(fit: Fit, path: Path) -> Iterator[str]:
    """What nobody has looked at yet, recognised by the surest columns."""
    name = without_contacts(path.name)
    yield f"# A proposal for {name}. Check every line, then put the file into your folder of"
    yield "# mappings (--mappings DIR or $BACKCAST_MAPPINGS). Percentages say how sure a line is."
    yield f"# Its rows seem to be of the table {fit.table}; {fit.next_best} would come next."
    surest = sorted(fit.matches, key=lambda match: -match.confidence)[:_SIGNATURE]
    yield from _label(Label.of(path), [match for match in fit.matches if match in surest])


def chosen_head(fit: Fit, path: Path, label: Label) -> Iterator[str]:
    """Recognised by all that was chosen: no file with another header is taken for it."""
    yield f"# Made for {without_contacts(path.name)}, whose rows are of the table {fit.table}."
    yield from _label(label, fit.matches)


def _label(label: Label, signature: Sequence[Match]) -> Iterator[str]:
    names = [match.role.name for match in signature] or [UNKNOWN]
    yield f"name = {quoted(label.name)}"
    yield f"title = {quoted(label.title)}"
    yield f"source_system = {quoted(label.source_system)}"
    yield ""
    yield "[recognise]"
    yield f"columns = [{', '.join(map(quoted, names))}]"
    yield ""


def quoted(text: str) -> str:
    """A text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)
