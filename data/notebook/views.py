"""Saved views: a page with everything that was chosen on it, under a name."""

from __future__ import annotations

from datetime import datetime

from data.errors import NotebookError
from data.notebook.notebook import Notebook
from data.notebook.shelf import Kept, Shelf, Written
from data.notebook.version import Kind

FIRST = "first-view"
"""The entry that names the view which the cockpit opens with."""

_NAMES = "view="


class SavedView(Written, frozen=True):
    """A page and the query string of its address, without the question mark."""

    name: str
    page: str
    query: str

    def __post_init__(self) -> None:
        if not self.page:
            raise ValueError("a view is one of a page")
        if self.query.startswith("?"):
            raise ValueError("a query string is kept without its question mark")


def views(notebook: Notebook) -> Shelf[SavedView]:
    """The views of a notebook as they are written, with the entry that says which opens first."""
    return Shelf(notebook, Kind.VIEW, SavedView, lambda view: view.name)


def saved_views(notebook: Notebook) -> tuple[Kept[SavedView], ...]:
    """The views that somebody saved and nobody deleted, by name."""
    return tuple(kept for kept in views(notebook).all() if kept.version.id != FIRST)


def first_view(notebook: Notebook) -> Kept[SavedView] | None:
    """The view that the cockpit opens with; None where it is the usual page.

    A view that is deleted opens nothing; brought back, it opens first again.
    """
    said = views(notebook).read(FIRST)
    return said and views(notebook).read(said.value.query.removeprefix(_NAMES))


def open_first(notebook: Notebook, entry: str | None, written_at: datetime) -> None:
    """Let the cockpit open with the view of this entry, or with None as usual.

    Raises NotebookError when there is no such view, and what `Notebook.write` does.
    """
    newest = notebook.read(FIRST)
    if entry is None:
        if newest is not None and first_view(notebook) is not None:
            notebook.delete(FIRST, based_on=newest.number, written_at=written_at)
        return
    chosen = views(notebook).read(entry)
    if chosen is None:
        raise NotebookError(f"There is no view {entry} to open first.")
    views(notebook).save(
        FIRST,
        SavedView("Opens first", chosen.value.page, f"{_NAMES}{entry}"),
        based_on=newest.number if newest else 0,
        written_at=written_at,
    )
