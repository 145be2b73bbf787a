"""What a person says of a file besides its columns; what nobody says, a draft leaves to decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from data.schema.fields import fields
from loaders.language.column import Kind
from loaders.language.parse import as_toml
from loaders.language.spellings import currency_among
from loaders.proposing.by_values import AMOUNTS, means_deleted, outcome_of
from loaders.proposing.evidence import Evidence, Look
from loaders.proposing.matching import Fit, Match
from loaders.proposing.readings import Reading, number_readings
from loaders.proposing.roles import HEADER_WORDS, Role, closest_of, words

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CNY", "JPY", "BRL", "INR")
"""Currencies to choose from where nothing names one; any other may be written."""

_MOST_WORDS = 60
"""A column with more different words is no stage."""

_ASKED_FOR = (("opportunity", "outcome"), ("lead", "stage"), ("stage_change", "stage"))
"""Columns of which each word needs a meaning: records would count as something else without."""

SAID_BY = {"opportunity": ("outcome", "stage"), "lead": ("stage", "status")}
"""Of tables, such a column and the one whose words say it where no column of the file is it."""

NOTHING = "nothing"
"""The meaning of a word that says nothing: of a lead's stage, or of a column with few values."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Marks of numbers, the currency of amounts, and meanings of words by the role of their column.

    `sums` are the words with which lines of sums begin, by the column that has them.
    """

    numbers: dict[str, str] | None = None
    currency: str | None = None
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    sums: dict[str, tuple[str, ...]] = field(default_factory=dict)


def decide(readings: Iterable[object]) -> str:
    """What stands in place of a value that a person has to decide."""
    return as_toml({"decide": list(readings)})


def which(candidates: dict[str, str]) -> str:
    """The note beside a choice of columns: their headers."""
    return f"   # {', or '.join(candidates.values())}"


def marks_open(fit: Fit, seen: dict[str, Evidence]) -> tuple[Reading, ...]:
    """The readings of the file's numbers: several where their marks have to be decided.

    Where no marks fit all columns, those of the amounts count.
    """
    numeric = [
        (role, seen[header])
        for role, header in columns_of(fit)
        if _is_numeric(role) and seen[header].look in (Look.AMOUNT, Look.NUMBER)
    ]
    counts = [each for role, each in numeric if role.name in _COUNTS]
    others = [each for role, each in numeric if role.name not in _COUNTS]
    money = [each for role, each in numeric if role.kind is Kind.MONEY]
    return number_readings(others, counts) or number_readings(money)


_COUNTS = ("impressions", "clicks")
"""Roles of numbers that have no decimals."""


def _is_numeric(role: Role) -> bool:
    return Look.AMOUNT in role.looks and Look.TEXT not in role.looks


def columns_of(fit: Fit) -> Iterator[tuple[Role, str]]:
    """Roles with each header that has them or may have them."""
    for match in fit.matches:
        yield from ((match.role, header) for header in (match.header, *match.others))
    for role, headers in fit.unsure:
        yield from ((role, header) for header in headers)


def currency_open(fit: Fit, seen: dict[str, Evidence]) -> bool:
    """Whether nothing in the file names the currency of its amounts."""
    amounts = [(role, header) for role, header in columns_of(fit) if role.name in AMOUNTS]
    return bool(amounts) and all(currency_of(fit, seen, header) is None for _, header in amounts)


def currency_of(fit: Fit, seen: dict[str, Evidence], header: str) -> str | None:
    """Where the currency of an amount comes from: a column, its cells, or the code in a header.

    A code in the header of another column holds where no header names a different one.
    """
    if fit.match("currency"):
        return "column"
    if seen[header].units:
        return "cells"
    if code := currency_among(header):
        return code
    named = {code for each in seen if (code := currency_among(each))}
    return named.pop() if len(named) == 1 else None


def words_of(fit: Fit, seen: dict[str, Evidence], answers: Answers) -> dict[str, dict[str, str]]:
    """The meaning of each word of columns that need one, by the name of the column.

    Empty where it has to be decided. Words of deleted records have none: their rows are left out.
    """
    found: dict[str, dict[str, str]] = {}
    for name, role, header in _worded(fit):
        said = answers.words.get(name, {})
        known = {word: said.get(word) or _meaning(role, word) for word in seen[header].distinct}
        if role.name == "stage" and fit.table == "opportunity":
            known = _open_otherwise(known)
        found[name] = {word: use for word, use in known.items() if use or not means_deleted(word)}
    return {name: known for name, known in found.items() if len(known) <= _MOST_WORDS}


def deleted_words(fit: Fit, seen: dict[str, Evidence]) -> dict[str, list[str]]:
    """Words of deleted records, by the name of the column that has them."""
    found = {
        name: [word for word in seen[header].distinct if means_deleted(word)]
        for name, _, header in _worded(fit)
    }
    return {name: known for name, known in found.items() if known}


def headers_of_words(fit: Fit) -> dict[str, str]:
    """The header of each column that needs a meaning for each of its words, by its name."""
    return {name: header for name, _, header in _worded(fit)}


def meanings(fit: Fit) -> tuple[str, ...]:
    """What a word of the table's asked column may mean."""
    column = next((column for table, column in _ASKED_FOR if table == fit.table), None)
    return fields(fit.table)[column].allowed if column else ()


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A column whose words count: what each means, empty where nobody said it yet.

    Of a column of channels a word may stay as it is; any other word becomes one of `meanings`, or
    NOTHING.
    """

    name: str
    header: str
    words: dict[str, str]
    meanings: tuple[str, ...]
    is_channel: bool


def interpreted(
    fit: Fit, seen: dict[str, Evidence], answers: Answers, channels: tuple[str, ...] = ()
) -> tuple[Interpreted, ...]:
    """Columns whose words count, besides those that `words_of` tells of.

    They are channels, of which `channels` are known, and columns that may have few values, where
    a word of the file is none of them. Columns of many words are left out.
    """
    asked, found = headers_of_words(fit), []
    for match in fit.matches:
        name, distinct = match.role.name, seen[match.header].distinct
        into = [fields(table)[column] for table, column in match.role.targets]
        allowed = next((field.allowed for field in into if field.allowed), ())
        is_channel = any(field.name == "channel" for field in into)
        if name in asked or len(distinct) > _MOST_WORDS or set(distinct) <= set(allowed):
            continue
        if allowed or is_channel:
            said, known = answers.words.get(name, {}), channels if is_channel else allowed
            least = 1.0 if is_channel else _ALIKE
            uses = {word: said.get(word) or _alike(word, known, least) for word in distinct}
            found.append(Interpreted(name, match.header, uses, known, is_channel))
    return tuple(found)


def _alike(word: str, known: tuple[str, ...], least: float) -> str:
    """The known word that a word is at `least` so alike; empty where it is like none of them."""
    like, closest = closest_of(word, known)
    return closest if like >= least else ""


_ALIKE = 0.8


def _worded(fit: Fit) -> Iterator[tuple[str, Role, str]]:
    """Columns of which each word needs a meaning: name in the mapping, role, header."""
    for table, column in _ASKED_FOR:
        if table != fit.table:
            continue
        if match := fit.match(column):
            yield column, match.role, match.header
        elif candidates := fit.candidates(column):
            roles = [role for role, _ in fit.unsure if role.name == column]
            yield from ((name, roles[0], header) for name, header in candidates.items())
        elif (said := said_by(fit)) is not None:
            yield column, said.role, said.header


def said_by(fit: Fit) -> Match | None:
    """The column whose words say what no column of the file is: an outcome, a stage reached."""
    asked, other = SAID_BY.get(fit.table, ("", ""))
    if not asked or fit.has(asked) or fit.match("is_won"):
        return None
    return fit.match(other)


def _meaning(role: Role, word: str) -> str:
    outcome = outcome_of(word)
    if role.name == "outcome" or ("opportunity", "stage") in role.targets:
        return outcome or ""
    bare = words(word).replace(" ", "")
    for stage, known in HEADER_WORDS["stage_words"].items():
        if bare in (each.replace(" ", "") for each in map(words, known)):
            return stage
    return outcome if outcome in ("won", "lost") else ""


def _open_otherwise(known: dict[str, str]) -> dict[str, str]:
    """Stages are open beside those known to be won or lost; without these all are asked."""
    if not {"won", "lost"}.intersection(known.values()):
        return known
    return {word: use or "open" for word, use in known.items()}


def matched(match: Match) -> tuple[str, ...]:
    """All headers of a match."""
    return (match.header, *match.others)


_ACTIONS = {
    "click": "email_click", "open": "email_open",
    "form": "form_submit", "submission": "form_submit",
    "download": "content_download", "visit": "page_view", "page": "page_view",
    "ad": "ad_click", "ads": "ad_click",
}  # fmt: skip
"""What was done, by words of a file's name that leave no doubt."""

_OFFERED = (*dict.fromkeys(_ACTIONS.values()), "webinar_registered", "webinar_attended",
    "event_registered", "event_attended", "call_connected", "call_no_answer")  # fmt: skip


def action_of(path: Path, seen: dict[str, Evidence]) -> str:
    """What was done in all rows, where a word of the file's name says it; else it is decided."""
    if named := _action_named(path, seen):
        return f"{as_toml(named)}   # the file's name says it"
    return f"{decide(_OFFERED)}   # the file does not say what was done"


def _action_named(path: Path, seen: dict[str, Evidence]) -> str | None:
    """What was done in all rows, as a word of the file's name says.

    Nothing is, where a column of yes and no may say who did it.
    """
    if any(each.look is Look.BOOLEAN for each in seen.values()):
        return None
    said = words(path.stem).split()
    return next((use for word, use in _ACTIONS.items() if any(map(_means(word), said))), None)


def _means(word: str) -> Callable[[str], bool]:
    return lambda said: said == word or (len(word) > 3 and said.startswith(word))
