"""Notes on dates: what happened that day and explains a number."""

from __future__ import annotations

from datetime import date

from data.notebook.notebook import Notebook
from data.notebook.shelf import Shelf, Written
from data.notebook.version import Kind

_LONGEST_NAME = 80


class Note(Written, frozen=True):
    """A text on a day; on one page, or in one scope (a query string), where these are given."""

    on: date
    text: str
    page: str | None = None
    scope: str | None = None


def notes(notebook: Notebook) -> Shelf[Note]:
    """The notes of a notebook. Lists show how each begins."""
    return Shelf(notebook, Kind.NOTE, Note, _beginning)


def _beginning(note: Note) -> str:
    text = " ".join(note.text.split())
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
