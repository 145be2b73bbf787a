"""How far the work on one file is, told by the process that does it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from loaders.protocol import Progress

_WEIGHTS = {"opening": 2.0, "reading": 2.0, "standardising": 1.0, "checking": 4.0, "writing": 1.0}
"""How long phases take beside each other, measured on files of events and of leads."""

_COUNTING = ("reading", "checking")
"""Phases that are one pass over all rows, so that a share of the work is a number of rows."""

_EVERY_SECONDS = 0.2
_SMALLEST_STEP = 0.01


class Phases:
    """Tells which phase of a file's work begins, and now and then how much of it is done.

    The share of the whole file never falls: what a phase takes of it depends on the phases that
    are expected after it, and one that was not expected takes all that is left.
    """

    def __init__(
        self,
        file_name: str,
        report: Callable[[Progress], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._file_name = file_name
        self._report = report
        self._clock = clock
        self._expected: Sequence[str] = ("opening", "checking", "writing")
        self._phase = ""
        self._rows: int | None = None
        self._from = self._until = self._done = 0.0
        self._told_at = float("-inf")

    def expect(self, rows: int, phases: Sequence[str]) -> None:
        """From now on it is known how many rows there are, and which phases come."""
        self._rows = rows
        self._expected = phases

    def begin(self, phase: str) -> None:
        """The phase before is over and this one begins."""
        at = self._expected.index(phase) if phase in self._expected else None
        rest = [phase] if at is None else self._expected[at:]
        self._from, self._done = self._until, 0.0
        part = _weight(phase) / sum(map(_weight, rest))
        self._until = self._from + (1 - self._from) * part
        self._phase = phase
        self._told_at = float("-inf")
        self._tell(None)

    def advance(self, share: float) -> None:
        """So much of the phase is done, 0 to 1. Told a few times a second at most."""
        now = self._clock()
        if share < self._done + _SMALLEST_STEP or now - self._told_at < _EVERY_SECONDS:
            return
        self._done, self._told_at = min(share, 1.0), now
        counts = self._rows is not None and self._phase in _COUNTING
        self._tell(int(self._done * (self._rows or 0)) if counts else None)

    def _tell(self, rows: int | None) -> None:
        self._report(
            Progress(
                file_name=self._file_name,
                phase=self._phase,
                rows=rows,
                of=self._rows,
                share=self._from + (self._until - self._from) * self._done,
            )
        )


def _weight(phase: str) -> float:
    return _WEIGHTS[phase.partition(" ")[0]]
