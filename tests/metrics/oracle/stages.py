"""When a lead reached each stage: the oracle's reading of its entries, in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

STAGES = ("lead", "mql", "sql", "opportunity", "won")

EXITS = ("disqualified", "lost", "recycled")


@dataclass(frozen=True)
class Event:
    """A lead, or a deal it took part in, entered a stage."""

    at: datetime
    stage: str
    reason: str | None = None
    of_deal: bool = False


@dataclass(frozen=True)
class Episode:
    """A lead from its creation, or from when it was recycled to qualify again."""

    number: int
    reached: tuple[datetime | None, ...]
    strict: tuple[datetime | None, ...]
    exit: Event | None


def episodes_of(events: Iterable[Event], *, is_dated: bool = True) -> tuple[Episode, ...]:
    """The lead's episodes; at one moment stages come in the funnel's order and exits last.

    A lead with no date of its own (`is_dated`) has no day on which it came.
    """
    ordered = sorted(events, key=lambda event: (event.at, (STAGES + EXITS).index(event.stage)))
    if not ordered:
        return ()
    # A lead is created once: a later episode goes on from its first entry.
    own = [event for event in ordered if event.stage == "lead"]
    return tuple(
        Episode(
            number,
            reached_at(each) if is_dated or number > 1 else (None, *reached_at(each)[1:]),
            strict_at([*own, *each]),
            exited(each),
        )
        for number, each in enumerate(_split(ordered), start=1)
    )


def _split(events: Sequence[Event]) -> list[list[Event]]:
    """A lead that was recycled starts another episode when it qualifies again."""
    found: list[list[Event]] = [[]]
    recycled = False
    for event in events:
        if recycled and event.stage in STAGES[1:]:
            found.append([])
            recycled = False
        found[-1].append(event)
        recycled = recycled or event.stage == "recycled"
    return found


def reached_at(events: Sequence[Event]) -> tuple[datetime | None, ...]:
    """For each stage the earliest entry of it or of any later one; a lost deal had been opened."""

    def tells(event: Event, index: int) -> bool:
        lost = event.of_deal and event.stage == "lost"
        return event.stage in STAGES[index:] or (lost and STAGES[index] != "won")

    return tuple(
        earliest(event.at for event in events if tells(event, index))
        for index in range(len(STAGES))
    )


def strict_at(events: Sequence[Event]) -> tuple[datetime | None, ...]:
    """For each stage the earliest entry at or after the strict entry of the stage before."""
    found: list[datetime | None] = []
    since: datetime | None = datetime.min
    for stage in STAGES:
        if since is not None:
            since = earliest(
                event.at for event in events if event.stage == stage and event.at >= since
            )
        found.append(since)
    return tuple(found)


def exited(events: Sequence[Event]) -> Event | None:
    """The last exit, unless the lead went on after it; at one moment the graver and explained."""
    exits = [event for event in events if event.stage in EXITS]
    if not exits:
        return None
    last = max(
        exits,
        key=lambda event: (event.at, EXITS.index(event.stage), event.reason is not None),
    )
    resumed = any(event.at > last.at for event in events if event.stage in STAGES)
    return None if resumed else last


def earliest(values: Iterable[Any]) -> Any:
    return min((value for value in values if value is not None), default=None)
