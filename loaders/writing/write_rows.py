"""One way to write the rows of a file, whichever strategy is the cheapest that applies."""

from __future__ import annotations

from loaders.outcome import Counts
from loaders.writing.append import append
from loaders.writing.file_rows import FileRows, Strategy
from loaders.writing.merge import merge
from loaders.writing.quarantine import refuse_damaged
from loaders.writing.update import update

STRATEGIES: tuple[Strategy, ...] = (append, update, merge)
"""The cheapest first. The last one always applies. All that apply give the same."""


def write_rows(rows: FileRows) -> Counts:
    """Put the good rows of a file into their tables and record why each other one is refused.

    The load must be in `load` already. Each record of the file is counted once, as kept, unchanged,
    rejected or skipped. Nothing is in the tables when no row is kept; the refusals are recorded.
    Raises EngineError when a statement fails.
    """
    rows.phases.begin("checking")
    refuse_damaged(rows.draft, rows.source, rows.sql.load_id)
    for strategy in STRATEGIES:
        if (counts := strategy(rows)) is not None:
            return counts
    raise RuntimeError("the last strategy applies to all rows")
