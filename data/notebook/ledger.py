"""The forecast ledger: what was said of a period, when, and on which data. Said once, and kept."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import StrEnum

import msgspec

from data.errors import NotebookConflict
from data.notebook.notebook import Notebook
from data.notebook.shelf import Kept, Shelf, Written
from data.notebook.version import Kind


class Provenance(StrEnum):
    """Recorded when it was said, or reconstructed later from the facts of its origin."""

    RECORDED = "recorded"
    RECONSTRUCTED = "reconstructed"


class Contribution(Written, frozen=True):
    """What one source of the forecast adds to it, such as open deals or leads in flight."""

    source: str
    value: float


class LedgerEntry(Written, frozen=True):
    """What was said of one period, and all that it was said on.

    `as_of` is the origin: facts after it were not used. The period lasts from `period_from` to
    `period_to`, both included. `scope` is the query string of the page. `p10`, `p50` and `p90` are
    quantiles of the landing, in `currency` or, without one, in deals; `p_hit` is the probability of
    reaching `target`, and None without one. Raises ValueError for what is no forecast: quantiles or
    days out of order, a probability outside 0 to 1 or without its target, a moment without a time
    zone.
    """

    said_at: datetime
    as_of: date
    provenance: Provenance
    generation: str
    definitions_digest: str
    scope: str
    period_from: date
    period_to: date
    currency: str | None
    p10: float
    p50: float
    p90: float
    target: float | None
    p_hit: float | None
    contributions: tuple[Contribution, ...]

    def __post_init__(self) -> None:
        if self.said_at.tzinfo is None:
            raise ValueError("the moment at which something was said has a time zone")
        if self.period_to < self.period_from:
            raise ValueError(f"a period from {self.period_from} does not end {self.period_to}")
        if not self.p10 <= self.p50 <= self.p90:
            raise ValueError(f"quantiles rise, and {self.p10}, {self.p50}, {self.p90} do not")
        if (self.p_hit is None) != (self.target is None):
            raise ValueError("the probability of a hit has a target, and a target has one")
        if self.p_hit is not None and not 0 <= self.p_hit <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not at {self.p_hit}")


def record(notebook: Notebook, said: LedgerEntry) -> Kept[LedgerEntry]:
    """Write down a forecast; one that is there already stays the only one.

    Raises what `Notebook.write` does.
    """
    body = msgspec.json.encode(said, order="sorted")
    entry = f"forecast-{said.period_from}-{hashlib.sha256(body).hexdigest()[:16]}"
    try:
        return _shelf(notebook).save(entry, said, based_on=0, written_at=said.said_at)
    except NotebookConflict:
        return Kept(notebook.history(entry)[0], said)


def ledger(notebook: Notebook) -> tuple[Kept[LedgerEntry], ...]:
    """All that was said, in the order in which it was said."""
    return tuple(sorted(_shelf(notebook).all(), key=lambda each: each.value.said_at))


def _shelf(notebook: Notebook) -> Shelf[LedgerEntry]:
    return Shelf(notebook, Kind.FORECAST, LedgerEntry, _name)


def _name(said: LedgerEntry) -> str:
    return f"{said.period_from} to {said.period_to} as of {said.as_of}"
