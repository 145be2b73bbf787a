"""What metrics ask of the warehouse, noted while they ask, with the question of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType

from data.engine.listening import listening
from data.sql import Query


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and the metric that asked it with the question that it answers.

    A metric is the outermost function of this package that was at work: what a page, the command
    line or a report called.
    """

    metric: str
    question: str
    query: Query


_collectors: ContextVar[tuple[list[Asked], ...]] = ContextVar("collectors", default=())


@contextmanager
def collecting() -> Iterator[list[Asked]]:
    """Collect what metrics ask in the block, in order, also what is told again of remembered ones.

    Blocks may be nested: each collects what is asked in it.
    """
    outer, found = _collectors.get(), list[Asked]()
    token = _collectors.set((*outer, found))
    try:
        if outer:
            yield found
        else:
            with listening(_note):
                yield found
    finally:
        _collectors.reset(token)


def tell(asked: Iterable[Asked]) -> None:
    """Let collectors have what was asked before for an answer that is remembered."""
    for collector in _collectors.get():
        collector.extend(asked)


def each_once(asked: Iterable[Asked]) -> dict[str, list[Asked]]:
    """The queries of each metric, each once, in the order in which they were asked first."""
    seen = set()
    found: dict[str, list[Asked]] = {}
    for each in asked:
        question = (each.metric, each.query.values, each.query.render())
        if question not in seen:
            seen.add(question)
            found.setdefault(each.metric, []).append(each)
    return found


_NO_METRICS = ("__main__", "catalogue", "command", "provenance", "shell")
"""Modules and rooms that ask on behalf of somebody."""


def _note(query: Query) -> None:
    if (metric := _outermost_metric()) is not None:
        tell([Asked(*metric, query)])


def _outermost_metric() -> tuple[str, str] | None:
    """Name and question of the metric at work, read off the calls that led here."""
    frame: FrameType | None = sys._getframe(1)
    outermost = None
    while frame is not None:
        room, *parts = str(frame.f_globals.get("__name__", "")).split(".")
        if room == "metrics" and parts and not set(parts) & set(_NO_METRICS):
            outermost = frame
        frame = frame.f_back
    return outermost and _named(outermost)


def _named(frame: FrameType) -> tuple[str, str]:
    path = frame.f_code.co_qualname.partition(".<locals>")[0].split(".")
    place: object = sys.modules[frame.f_globals["__name__"]]
    for name in path:
        place = getattr(place, name, None)
    question = (getattr(place, "__doc__", None) or "").strip().partition("\n")[0]
    return path[-1], question
