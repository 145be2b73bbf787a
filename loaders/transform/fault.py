"""A fault: a condition under which a row of a file is refused."""

from __future__ import annotations

from dataclasses import dataclass

from data.schema.bookkeeping import RejectionKind


@dataclass(frozen=True, slots=True)
class Fault:
    """A condition under which a row is refused: which column, which value, and why."""

    kind: RejectionKind
    column: str
    value: str
    """SQL of the offending value as text, masked when it is personal."""
    reason: str
    condition: str
    """SQL over cells and values that is true when the row is at fault."""
    untranslated: str | None = None
    """The mapping's column whose [values] lack the word, if that is the fault."""
    word: str = ""
    """SQL of that word, never shown."""
