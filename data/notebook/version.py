"""One version of something that somebody wrote: what it is of, when, and what it says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an entry is."""

    PLAN = "plan"
    SCENARIO = "scenario"
    VIEW = "view"
    NOTE = "note"
    FORECAST = "forecast"
    AUDIENCE = "audience"
    BUDGET = "budget"


class State(StrEnum):
    """What a version says of its entry: it may be changed, it may not, or it is deleted."""

    OPEN = "open"
    LOCKED = "locked"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an entry. The first has the number 1.

    `body` is JSON with sorted keys, `written_at` in UTC, `digest` the SHA-256 of all the rest.
    A scenario belongs to a plan, whose id is `belongs_to`.
    """

    kind: Kind
    id: str
    name: str
    number: int
    written_at: datetime
    state: State
    body: bytes
    belongs_to: str | None = None

    @property
    def digest(self) -> str:
        """The same for the same version wherever it is written; another if anything differs."""
        told = (
            self.kind.value,
            self.id,
            self.name,
            self.number,
            self.written_at.isoformat(),
            self.state.value,
            self.body.decode(),
            self.belongs_to,
        )
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    @property
    def moment(self) -> str:
        """When it was written, as messages say it."""
        return f"{self.written_at:%Y-%m-%d %H:%M} UTC"

    def __str__(self) -> str:
        """How messages name its entry."""
        return f'The {self.kind.value} "{self.name}" ({self.id})'
