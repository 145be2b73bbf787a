"""Columns of one name in one file: which of them is read."""

from __future__ import annotations

from dataclasses import replace

from data.engine.draft import Draft
from data.sql import Query, Step, identifier
from loaders.judging.first_rows import FIRST_ROWS
from loaders.judging.unclear import UnclearError
from loaders.language.opening import Opened
from loaders.outcome import Question, Said

_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def with_chosen_columns(opened: Opened, said: Said) -> Opened:
    """The file, in which of columns with one name those are read that somebody chose."""
    instead = {
        first: chosen
        for chosen in said.columns
        if (first := opened.source.repeated.get(chosen)) is not None
    }
    if not instead:
        return opened
    headers = {
        name: tuple(dict.fromkeys(instead.get(header, header) for header in written))
        for name, written in opened.headers.items()
    }
    return replace(opened, headers=headers)


def refuse_open_choice(draft: Draft, opened: Opened, said: Said) -> None:
    """Raises UnclearError where a column that is read is there twice and not the same."""
    used = {header for headers in opened.headers.values() for header in headers}
    questions = [
        question
        for first, others in _twins(opened).items()
        if first in used and first not in said.columns and used.isdisjoint(others)
        if (question := _question(draft, opened, first, others))
    ]
    if questions:
        raise UnclearError(opened, tuple(questions))


def _twins(opened: Opened) -> dict[str, list[str]]:
    """Each header that is there again, with the names that stand for the others."""
    found: dict[str, list[str]] = {}
    for other, first in opened.source.repeated.items():
        found.setdefault(first, []).append(other)
    return found


def _question(draft: Draft, opened: Opened, first: str, others: list[str]) -> Question | None:
    """Which one is meant, with their values on the first line where they differ."""
    columns = [f"source.{identifier(each)}" for each in (first, *others)]
    differing = " OR ".join(f"{columns[0]} IS DISTINCT FROM {each}" for each in columns[1:])
    rows = Step(
        "differing_rows",
        f"SELECT line, {', '.join(columns)} FROM {FIRST_ROWS} AS source WHERE {differing} "
        "ORDER BY line LIMIT 1",
    )
    found = draft.query(Query(rows))
    if found.is_empty():
        return None
    line, *values = found.row(0)
    return Question(
        column=first,
        line=line,
        readings=tuple(
            f'the {_nth(place)}, with "{value or ""}"' for place, value in enumerate(values)
        ),
        answers=(first, *others),
        option="--column",
    )


def _nth(place: int) -> str:
    return _ORDINALS[place] if place < len(_ORDINALS) else f"{place + 1}th"
