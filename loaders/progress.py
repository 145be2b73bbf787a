"""How far the work is: the phases of one file, and the course of a whole command."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

from loaders.protocol import Progress

_DERIVING = 0.2

_PUBLISHING = 0.05

_TAKING_OUT = 0.3
"""Parts of the whole work, as far as there is such a phase; reading files takes the rest."""


_WINDOW_SECONDS = 10.0

_SHORTEST_SECONDS = 1.0

_SMALLEST_SHARE = 0.02


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the work is: `share` of all of it, 0 to 1; the rest is about the phase at work.

    `rows` is None where only a share is known, `rows_per_second` before any rows are done, and
    `seconds_left`, of the whole work, before there is a pace to judge by.
    """

    file_name: str = ""
    phase: str = "starting"
    share: float = 0.0
    rows: int | None = None
    of: int | None = None
    rows_per_second: float | None = None
    seconds_left: float | None = None
    seconds: float = 0.0
    """How long the phase has been at work."""

    @property
    def pace(self) -> tuple[str, ...]:
        """Rows, rate and time left in words, as far as they are known.

        >>> Standing(rows=500, of=2000, rows_per_second=250, seconds_left=6.2).pace
        ('500 of 2,000 rows', '250 rows/s', 'about 6 s left')
        >>> Standing(of=2000, seconds_left=150).pace
        ('2,000 rows', 'about 3 min left')
        """
        parts = []
        if self.of is not None:
            done = f"{self.rows:,} of " if self.rows is not None else ""
            parts.append(f"{done}{self.of:,} rows")
        if self.rows_per_second:
            parts.append(f"{self.rows_per_second:,.0f} rows/s")
        if self.seconds_left is not None:
            parts.append(f"about {_in_words(self.seconds_left)} left")
        return tuple(parts)


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{-(-seconds // 60):.0f} min"


class Course:
    """The events of one command, weighed into one share that never falls.

    `sizes` are the bytes of each file by name: files of the command count by their size, deriving
    and publishing by what they usually take. Time left goes by the pace of the last ten seconds,
    because phases differ; without any progress in them it is not known.
    """

    def __init__(self, sizes: Mapping[str, int], clock: Callable[[], float] = monotonic) -> None:
        self._starts: dict[str, float] = {}
        self._parts: dict[str, float] = {}
        self._files = 1 - _DERIVING - _PUBLISHING if sizes else 0.0
        total = sum(max(size, 1) for size in sizes.values())
        before = 0.0
        for name, size in sizes.items():
            self._starts[name] = before
            self._parts[name] = self._files * max(size, 1) / total
            before += self._parts[name]
        self._clock = clock
        self._event = Progress(file_name="", phase="starting")
        self._begun = self._reported_at = clock()
        self._past: deque[tuple[float, float]] = deque()

    def note(self, event: Progress) -> None:
        """The next event of the child."""
        now = self._clock()
        if (event.file_name, event.phase) != (self._event.file_name, self._event.phase):
            self._begun = now
        self._event, self._reported_at = event, now
        share = max(self._reached, self._share(event))
        self._past.append((now, share))
        while len(self._past) > 2 and self._past[1][0] <= now - _WINDOW_SECONDS:
            self._past.popleft()

    @property
    def _reached(self) -> float:
        return self._past[-1][1] if self._past else 0.0

    def standing(self) -> Standing:
        """Where the work is now."""
        now = self._clock()
        event, share = self._event, self._reached
        taken = self._reported_at - self._begun
        return Standing(
            file_name=event.file_name,
            phase=event.phase,
            share=share,
            rows=event.rows,
            of=event.of,
            rows_per_second=event.rows / taken if event.rows and taken > 0 else None,
            seconds_left=self._left(now, share),
            seconds=now - self._begun,
        )

    def _left(self, now: float, share: float) -> float | None:
        if not self._past:
            return None
        since, was = self._past[0]
        seconds, done = now - since, share - was
        if done < _SMALLEST_SHARE or seconds < _SHORTEST_SECONDS:
            return None
        return (1 - share) * seconds / done

    def _share(self, event: Progress) -> float:
        done = event.share or 0.0
        if event.file_name:
            start = self._starts.get(event.file_name, 0.0)
            return start + self._parts.get(event.file_name, 0.0) * done
        match event.phase.partition(" ")[0]:
            case "taking":
                return _TAKING_OUT * done
            case "deriving":
                start = self._files or _TAKING_OUT
                return start + (1 - _PUBLISHING - start) * done
            case "publishing":
                return 1 - _PUBLISHING
        return 0.0


_WEIGHTS = {"opening": 2.0, "reading": 2.0, "standardising": 1.0, "checking": 4.0, "writing": 1.0}
"""How long phases take beside each other, measured on files of events and of leads."""


_COUNTING = ("reading", "checking")
"""Phases that are one pass over all rows, so that a share of the work is a number of rows."""


_EVERY_SECONDS = 0.2

_SMALLEST_STEP = 0.01


class Phases:
    """Reports which phase of a file's work begins, and now and then how much of it is done.

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
        self._reported_at = float("-inf")

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
        self._reported_at = float("-inf")
        self._say(None)

    def advance(self, share: float) -> None:
        """So much of the phase is done, 0 to 1. Reported a few times a second at most."""
        now = self._clock()
        if share < self._done + _SMALLEST_STEP or now - self._reported_at < _EVERY_SECONDS:
            return
        self._done, self._reported_at = min(share, 1.0), now
        counts = self._rows is not None and self._phase in _COUNTING
        self._say(int(self._done * (self._rows or 0)) if counts else None)

    def _say(self, rows: int | None) -> None:
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
