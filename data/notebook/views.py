"""Saved views: a page with everything that was chosen on it, under a name."""

from __future__ import annotations

from data.notebook.notebook import Notebook
from data.notebook.shelf import Shelf, Written
from data.notebook.version import Kind


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
    """The saved views of a notebook."""
    return Shelf(notebook, Kind.VIEW, SavedView, lambda view: view.name)
