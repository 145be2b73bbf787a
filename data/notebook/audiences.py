"""Saved audiences: a filter over people and accounts, under a name."""

from __future__ import annotations

from data.notebook.notebook import Notebook
from data.notebook.shelf import Shelf, Written
from data.notebook.version import Kind


class AskedOf(Written, frozen=True):
    """A dimension by its name, and the values that members have one of."""

    dimension: str
    values: tuple[str, ...]


class Audience(Written, frozen=True):
    """Everybody who passes every filter; each filter is of another dimension.

    `definitions_digest` is of the definitions under which it was saved. Raises ValueError without a
    name or a filter, for a filter without a value, and for a dimension that is there twice.
    """

    name: str
    filters: tuple[AskedOf, ...]
    definitions_digest: str

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("an audience has a name")
        if not self.filters or not all(each.values for each in self.filters):
            raise ValueError("an audience has a filter, and each filter a value")
        if len({each.dimension for each in self.filters}) < len(self.filters):
            raise ValueError("an audience names each dimension once")


def audiences(notebook: Notebook) -> Shelf[Audience]:
    """The saved audiences of a notebook."""
    return Shelf(notebook, Kind.AUDIENCE, Audience, lambda audience: audience.name)
