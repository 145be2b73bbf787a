"""Where entries of a kind begin: whether the days before the first are too empty for chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import log

_SURE = 0.01
"""A gap that chance leaves less often than this is no chance."""

_STRAY = 0.01
"""So small a part of the entries may lie before a long gap, as mistyped dates do."""

_LONG = 90
"""So many days are a long gap."""


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries of one day of UTC: how many, the reporting days of the first and the last of them.

    `waited_days` is how long all their records together took to get there.
    """

    first_on: date
    last_on: date
    count: int
    waited_days: int = 0


def begun(days: Sequence[Entries], since: date, until: date) -> date:
    """From which day on are entries told, when they could have been since a day?

    `days` are in order. It is the first day after a gap that is no chance; without one, `since`.

    >>> rare = [Entries(date(2026, 3, day), date(2026, 3, day), 1) for day in (1, 15, 30)]
    >>> begun(rare, since=date(2026, 1, 1), until=date(2026, 3, 31))
    datetime.date(2026, 1, 1)
    >>> many = [Entries(each.first_on, each.last_on, 50) for each in rare]
    >>> begun(many, since=date(2026, 1, 1), until=date(2026, 3, 31))
    datetime.date(2026, 3, 1)
    """
    total = sum(day.count for day in days)
    usual = sum(day.waited_days for day in days) / total
    found, previous, passed = since, since, 0
    for day in days:
        if passed > _STRAY * total:
            break
        days_without = (day.first_on - previous).days
        gap = days_without - usual if not passed else days_without if days_without >= _LONG else 0
        follow = (until - day.first_on).days + 1
        if gap > 0 and (total - passed) * log(follow / (gap + follow)) < log(_SURE):
            found = day.first_on
        previous = max(previous, day.first_on)
        passed += day.count
    return found
