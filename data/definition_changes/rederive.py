"""Deriving anew under the definitions in force."""

from __future__ import annotations

from collections.abc import Callable

from data.definitions import Definitions
from data.derive.rebuild import RebuildCause, rebuild
from data.engine.draft import Draft
from data.storage.store import Store

Report = Callable[[str, float], None]
"""Gets what is at work, and which part of it is done, 0 to 1."""


def rederive(store: Store, report: Report, on_wait: Callable[[str], None]) -> None:
    """Publish a generation whose derived tables follow the definitions in force.

    What that changes in closed months is logged under the definitions. Raises EmptyStoreError when
    nothing is loaded, and what reading the definitions and writing the store raise.
    """
    definitions = Definitions.load()
    store.current()
    with store.writing(on_wait=on_wait) as path, Draft.open(path) as draft:
        rebuild(draft, definitions, RebuildCause.DEFINITIONS, report)
