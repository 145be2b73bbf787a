"""What a proposal says of the file's columns: how they are read, and their words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from loaders.language.column import Kind
from loaders.language.parse import as_toml
from loaders.language.spellings import NUMBER
from loaders.proposing.answers import (
    NOTHING,
    SAID_BY,
    Answers,
    Interpreted,
    columns_of,
    decide,
    interpreted,
    marks_open,
    matched,
    meanings,
    said_by,
    words_of,
)
from loaders.proposing.endings import ending_columns, ending_sections, endings
from loaders.proposing.evidence import Evidence, Look, list_marks
from loaders.proposing.matching import Fit, Match
from loaders.proposing.readings import date_readings, either
from loaders.proposing.roles import (
    HEADER_WORDS,
    Role,
    closest_of,
    is_unlike,
    words,
)
from loaders.proposing.sample import stands_for
from loaders.proposing.toml_head import UNKNOWN, quoted


def column_kind(match: Match, evidence: Evidence) -> Kind | None:
    """The kind that a proposal gives a column; None where it follows from what the column feeds."""
    if match.role.kind is Kind.PERCENT:
        return None if _is_share(evidence) else Kind.PERCENT
    return match.role.kind


def _is_share(evidence: Evidence) -> bool:
    return bool(evidence.distinct) and all(
        re.fullmatch(r"0?[.,]\d+|[01](?:[.,]0*)?", text) for text in evidence.distinct
    )


def read_section(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
    """The [read] section, where numbers show their marks or somebody said them."""
    readings = marks_open(fit, seen)
    if answers.numbers is None and len(readings) != 1:
        return
    says = answers.numbers if answers.numbers is not None else readings[0].says
    if not isinstance(says, dict) or says == {"decimal": "."}:
        return
    yield "[read]"
    yield from (f"{key} = {quoted(mark)}" for key, mark in says.items())
    yield ""


def undecided_marks(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
    """What stands for [read] before all sections, where the marks are to be decided."""
    readings = marks_open(fit, seen)
    if answers.numbers is None and len(readings) > 1:
        yield f"read = {decide(each.says for each in readings)}   # {either(readings)}"


def columns_section(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
    """The [columns] section: each header that is known, and those that are not as comments."""
    yield "[columns]"
    if not fit.matches and not fit.unsure:
        yield f"{UNKNOWN} = {quoted(next(iter(seen), ''))}   # 0%: no header is like one known"
    for match in fit.matches:
        if match.role.name == "closed_at":
            yield from _closing(match, fit, seen, answers)
        else:
            yield f"{match.role.name} = {_entry(match, seen)}{_note(match, seen[match.header])}"
        if match.role.name == "spend_on" and (period := period_of(fit)):
            entry = _entry(match, seen, {"kind": quoted("date"), "last_day_of": quoted(period)})
            yield f"spend_until = {entry}   # each is a whole {period}"
        if match == said_by(fit) and (name := said_column(fit, seen, answers)):
            what = {"outcome": "what became of the deal", "stage": "the stage reached"}[name]
            yield f"{name} = {quoted(match.header)}   # {what}, from its {match.role.name}"
        if match.role.name == "expected_close_on" and is_close_date(match, fit):
            closing = replace(match, reason="the same date, once the deal is closed")
            yield from _closing(closing, fit, seen, answers)
    for role, headers in fit.unsure:
        for name, header in zip(fit.candidates(role.name), headers, strict=True):
            match = Match(header, role, 0.0, "")
            yield f"{name} = {_entry(match, seen)}{_formats(seen[header])}"
    for name, header in closings_open(fit, seen, answers).items():
        match = Match(header, Role(name, (), frozenset({Look.DATE})), 0.0, "")
        yield f"{name} = {_entry(match, seen)}{_formats(seen[header])}"
    yield from ending_columns(fit, seen)
    used = {header for _, header in columns_of(fit)}
    used |= {each.header for each in endings(fit, seen) if each.header is not None}
    used |= set(closings_open(fit, seen, answers).values())
    personal = {words(word) for word in HEADER_WORDS["personal"]["words"]}
    for header, evidence in seen.items():
        if not any(stands_for(each, header) for each in used):
            what = "personal, not stored" if words(header) in personal else str(evidence.look)
            yield f"# not used: {header} ({what})"


def period_of(fit: Fit) -> str | None:
    """Whether days of spend stand for a whole week, month or quarter, as their header says."""
    match = fit.match("spend_on")
    if match is None or fit.match("spend_until"):
        return None
    called = words(match.header)
    return next(
        (
            period
            for period, spellings in HEADER_WORDS["periods"].items()
            if called in map(words, spellings)
        ),
        None,
    )


def said_column(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> str | None:
    """The name of what the words of another column say: its stage a deal's outcome, its status a
    lead's stage; None where a column of the file says it, or the words are no such words."""
    asked, _ = SAID_BY.get(fit.table, ("", ""))
    return asked if said_by(fit) and asked in words_of(fit, seen, answers) else None


def _entry(match: Match, seen: dict[str, Evidence], besides: dict[str, str] | None = None) -> str:
    """A column of the mapping: its header alone, or how it is read `besides`."""
    evidence, headers = seen[match.header], matched(match)
    plain = quoted(match.header) if len(headers) == 1 else as_toml(list(headers))
    keys = {"from": plain}
    if kind := column_kind(match, evidence):
        keys["kind"] = quoted(kind.value)
    readings = date_readings(evidence)
    if len(readings) > 1:
        keys["dates"] = decide(each.says for each in readings)
    elif readings:
        keys["dates"] = as_toml(readings[0].says)
    if evidence.scaled:
        keys["scaled"] = "true"
    if match.role.name == "touches" and NUMBER not in match.header:
        keys["split"] = f"[{', '.join(map(quoted, list_marks(evidence)))}]"
        keys["keep_placeholders"] = "true"
    if "micros" in words(match.header).split():
        keys["divide_by"] = "1000000"
    keys |= besides or {}
    listed = ", ".join(f"{key} = {value}" for key, value in keys.items())
    return plain if len(keys) == 1 else f"{{ {listed} }}"


def _note(match: Match, evidence: Evidence) -> str:
    """How sure a proposed line is, and why, and what is open; nothing on one that was chosen."""
    readings = _formats(evidence)
    if not match.reason:
        return readings
    return readings or f"   # {match.confidence:.0%}: {match.reason}"


def _formats(evidence: Evidence) -> str:
    readings = date_readings(evidence)
    if len(readings) < 2:
        return ""
    return f"   # {either(readings)}"


def is_close_date(match: Match, fit: Fit) -> bool:
    """Whether a date says when a deal will be closed and, later, when it was."""
    if fit.match("closed_at"):
        return False
    like, _ = closest_of(match.header, HEADER_WORDS["words"]["closed_at"])
    return like == 1 and not is_unlike("closed_at", match.header)


def _closing(match: Match, fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
    """The day a deal was closed: only of deals that are not open, where words tell them apart."""
    known = words_of(fit, seen, answers).get("outcome", {})
    still_open = [word for word, use in known.items() if use == "open"]
    when = ""
    if known:
        column = as_toml({"column": "outcome", "present": True, "not": still_open})
        when = column if still_open else as_toml({"column": "outcome", "present": True})
    entry = _entry(match, seen, {"when": when} if when else None)
    yield f"closed_at = {entry}{_note(match, seen[match.header])}"


def closings_open(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> dict[str, str]:
    """Dates that may say when deals were closed, by name, where some are won and none surely does.

    They are none where nothing is won, or a date says it.
    """
    if not lacks_closing(fit, seen, answers):
        return {}
    used = {header for role, header in columns_of(fit) if role.name != "expected_close_on"}
    dates = [
        header
        for header, each in seen.items()
        if each.look is Look.DATE and header not in used and not is_unlike("closed_at", header)
    ]
    return {f"closed_at_{number}": header for number, header in enumerate(dates, 1)}


def lacks_closing(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> bool:
    """Whether some deals are won and no column says when."""
    if fit.table != "opportunity" or fit.match("closed_at"):
        return False
    expected = fit.match("expected_close_on")
    if expected and is_close_date(expected, fit):
        return False
    uses = {use for known in words_of(fit, seen, answers).values() for use in known.values()}
    return bool(uses & {"won", ""}) or fit.match("is_won") is not None


def values_sections(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
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
    asked = words_of(fit, seen, answers)
    for name, known in asked.items():
        if not known or all(word == use for word, use in known.items()):
            continue
        yield f"[values.{name}]"
        for word, use in known.items():
            if use != NOTHING:
                yield f"{quoted(word)} = {quoted(use) if use else decide(meanings(fit))}"
        if fit.table == "lead":
            yield 'otherwise = "missing"   # other words say nothing of the stage'
        yield ""
    for column in interpreted(fit, seen, answers):
        yield from _channels(column, answers) if column.is_channel else _few_words(column)


def skip_sections(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> Iterator[str]:
    """Rows to leave out, lines of sums, and those of records that the source has deleted."""
    named = {header: name for name, header in _names(fit)}
    for header, begins in answers.sums.items():
        if header in named:
            yield "[[skip]]   # lines of sums"
            yield f"column = {quoted(named[header])}"
            yield f"starts_with = {as_toml(list(begins))}"
            yield ""
    yield from ending_sections(fit, seen)


def _names(fit: Fit) -> Iterator[tuple[str, str]]:
    """What the mapping calls each header."""
    yield from ((match.role.name, match.header) for match in fit.matches)
    for role, _ in fit.unsure:
        yield from fit.candidates(role.name).items()


def _channels(column: Interpreted, answers: Answers) -> Iterator[str]:
    """The channels of words that are called otherwise; the others stay, as each does unsaid."""
    said = answers.words.get(column.name, {})
    if others := {word: use for word, use in said.items() if use != word}:
        yield f"[values.{column.name}]"
        yield from (f"{quoted(word)} = {quoted(use)}" for word, use in others.items())
        yield 'otherwise = "keep"'
        yield ""


def _few_words(column: Interpreted) -> Iterator[str]:
    yield f"[values.{column.name}]   # must become one of {', '.join(column.meanings)}"
    for word, use in column.words.items():
        if use != NOTHING:
            told = use or closest_of(word, column.meanings)[1]
            yield f"{'' if use else '# '}{quoted(word)} = {quoted(told)}"
    yield 'otherwise = "missing"'
    yield ""
