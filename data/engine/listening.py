"""Hearing what an engine is asked, without standing between it and who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from data.sql import Query

_listeners: ContextVar[tuple[Callable[[Query], None], ...]] = ContextVar("listeners", default=())


@contextmanager
def listening(listener: Callable[[Query], None]) -> Iterator[None]:
    """Let `listener` hear each query that this thread asks in the block.

    >>> from data.sql import Step
    >>> told = []
    >>> with listening(lambda query: told.append(query.steps[-1].name)):
    ...     heard(Query(Step("one", "SELECT 1 AS number")))
    >>> told
    ['one']
    """
    token = _listeners.set((*_listeners.get(), listener))
    try:
        yield
    finally:
        _listeners.reset(token)


def heard(query: Query) -> None:
    """Tell a query to whoever listens; an engine calls this for each, also where it remembers."""
    for listener in _listeners.get():
        listener(query)
