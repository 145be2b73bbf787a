"""Makes the canonical tables hold what stands now, and nothing that newer files took back."""

from __future__ import annotations

from data.engine.draft import Draft
from data.standing.aside import bring_back, set_aside_retired
from data.standing.retired import find_retired
from data.standing.taken_back import keep_what_was_taken_back
from data.standing.withdrawn import set_aside_undone, set_aside_withdrawn


def keep_what_stands(draft: Draft) -> None:
    """Set aside rows of ended records and entries that were taken back; rebuild `retired_record`
    and `taken_back`.

    Whatever was set aside before is brought back first, so that the result follows from the set of
    loads alone. Raises EngineError with the failing step.
    """
    bring_back(draft)
    set_aside_withdrawn(draft)
    find_retired(draft)
    set_aside_retired(draft)
    set_aside_undone(draft)
    keep_what_was_taken_back(draft)
