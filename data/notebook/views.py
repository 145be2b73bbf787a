"""Saved views: a page with everything that was chosen on it, under a name."""

from __future__ import annotations

from datetime import datetime

import msgspec

from data.notebook.notebook import Notebook
from data.notebook.shelf import Kept, Shelf, Written
from data.notebook.version import Kind


class SavedView(Written, frozen=True):
    """A page and the query string of its address, without the question mark.

    `opens_first` says that the cockpit opens with it; of several it is the one that said so last.
    """

    name: str
    page: str
    query: str
    opens_first: bool = False

    def __post_init__(self) -> None:
        if not self.page:
            raise ValueError("a view is one of a page")
        if self.query.startswith("?"):
            raise ValueError("a query string is kept without its question mark")


def views(notebook: Notebook) -> Shelf[SavedView]:
    """The saved views of a notebook."""
    return Shelf(notebook, Kind.VIEW, SavedView, lambda view: view.name)


def first_view(notebook: Notebook) -> Kept[SavedView] | None:
    """The view that the cockpit opens with; None where it is the usual page."""
    chosen = [kept for kept in views(notebook).all() if kept.value.opens_first]
    return max(chosen, key=lambda kept: (kept.version.written_at, kept.version.id), default=None)


def open_first(notebook: Notebook, chosen: Kept[SavedView] | None, written_at: datetime) -> None:
    """Let the cockpit open with this view, or with None as usual; no other view says so then.

    Raises what `Notebook.write` does, such as NotebookConflict when the view was changed meanwhile.
    """
    shelf = views(notebook)
    for kept in shelf.all():
        is_chosen = chosen is not None and kept.version.id == chosen.version.id
        if kept.value.opens_first == is_chosen:
            continue
        based_on = chosen.version.number if chosen and is_chosen else kept.version.number
        value = msgspec.structs.replace(kept.value, opens_first=is_chosen)
        shelf.save(kept.version.id, value, based_on=based_on, written_at=written_at)
