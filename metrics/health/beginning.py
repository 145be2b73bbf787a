"""Where entries of a kind begin: whether the days before the first are too empty for chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log
from typing import Self

import numpy as np
from numpy.typing import NDArray

_SURE = 0.01
"""A gap that chance leaves less often than this is no chance."""

_STRAY = 0.01
"""So small a part of the entries may lie before a long gap, as mistyped dates do."""

_LONG = 90
"""So many days are a long gap."""

_DAY = "datetime64[D]"


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """Entries day by day of UTC: how many, the reporting days of the first and the last of a day.

    `waited_days` is how long all records of the day together took to get there.
    """

    first_on: NDArray[np.datetime64]
    last_on: NDArray[np.datetime64]
    count: NDArray[np.int64]
    waited_days: NDArray[np.int64]

    @classmethod
    def of(cls, days: Sequence[date], count: Sequence[int]) -> Self:
        """So many entries on these days, of records that took no time."""
        found = np.array(days, dtype=_DAY)
        return cls(found, found, np.array(count), np.zeros(len(found), dtype=np.int64))

    def __add__(self, other: Entries) -> Entries:
        """Both, in order of days."""
        order = np.argsort(np.append(self.first_on, other.first_on), kind="stable")
        return Entries(
            *(
                np.append(getattr(self, name), getattr(other, name))[order]
                for name in self.__dataclass_fields__
            )
        )


def begun(entries: Entries, since: date, until: date) -> date:
    """From which day on are entries told, when they could have been since a day?

    Days are in order. It is the first day after a gap that is no chance; without one, `since`.

    >>> march = [date(2026, 3, day) for day in (1, 15, 30)]
    >>> begun(Entries.of(march, [1, 1, 1]), since=date(2026, 1, 1), until=date(2026, 3, 31))
    datetime.date(2026, 1, 1)
    >>> begun(Entries.of(march, [50, 50, 50]), since=date(2026, 1, 1), until=date(2026, 3, 31))
    datetime.date(2026, 3, 1)
    """
    days = entries.first_on.astype(_DAY).astype(np.int64)
    total = entries.count.sum()
    passed = entries.count.cumsum() - entries.count
    start, end = np.array([since, until], dtype=_DAY).astype(np.int64)
    previous = np.maximum.accumulate(np.append(start, days))[:-1]
    without = days - previous
    usual = entries.waited_days.sum() / total
    gap = np.where(passed == 0, without - usual, np.where(without >= _LONG, without, 0))
    follow = end - days + 1
    far = np.flatnonzero((gap > 0) & (passed <= _STRAY * total))
    sure = (total - passed[far]) * np.log(follow[far] / (gap[far] + follow[far])) < log(_SURE)
    found = far[sure]
    return entries.first_on[found[-1]].astype(date) if found.size else since
