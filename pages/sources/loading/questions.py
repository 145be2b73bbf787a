"""What is asked of whoever loads a file that can be read in two ways, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from loaders.outcome import NOTHING_SAID, Preview, Question, Said
from pages.display.text import escape
from pages.sources.loading.mapping import previewed
from pages.sources.loading.upload import Upload


@dataclass(frozen=True, slots=True)
class Answered:
    """A preview with what was said of its file. `is_open` is whether a question has no answer."""

    shown: Preview
    said: Said = NOTHING_SAID
    is_open: bool = False


def ask(upload: Upload, shown: Preview, said: Said = NOTHING_SAID) -> Answered:
    """Ask each question once, with all readings of the example; then the preview as answered.

    Columns with the same choice are asked together: a file is written in one way. What one answer
    brings up is asked after it. `said` is what was said of the file before.
    """
    while shown.questions:
        if (more := _answers(upload, shown)) is None:
            return Answered(shown, said, is_open=True)
        said = Said(
            dates=said.dates + more.dates,
            decimal=said.decimal or more.decimal,
            columns=said.columns + more.columns,
            sheet=said.sheet,
        )
        shown = previewed(upload, shown.mapping, said)
    return Answered(shown, said)


def _answers(upload: Upload, shown: Preview) -> Said | None:
    """What somebody says to the questions of a preview; None while one has no answer."""
    asked: dict[tuple[str, ...], list[Question]] = {}
    for question in shown.questions:
        asked.setdefault((question.option, *question.answers), []).append(question)
    answers = [_answer(upload, alike) for alike in asked.values()]
    if None in answers:
        return None
    given = [each for each in answers if each is not None]
    return Said(
        dates=tuple(answer for option, answer in given if option == "--dates"),
        decimal=next((answer for option, answer in given if option == "--decimal"), None),
        columns=tuple(answer for option, answer in given if option == "--column"),
    )


def _answer(upload: Upload, alike: list[Question]) -> tuple[str, str] | None:
    """The option of a choice and what was chosen, once something is."""
    first = alike[0]
    columns = ", ".join(dict.fromkeys(question.column for question in alike))
    chosen = st.radio(
        escape(f"{columns}: {first.asks}"),
        range(len(first.answers)),
        index=None,
        format_func=lambda place: escape(first.readings[place]),
        key=f"load_question_{upload.file_id}_{'_'.join(first.answers)}",
    )
    return None if chosen is None else (first.option, first.answers[chosen])
