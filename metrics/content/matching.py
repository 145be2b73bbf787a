"""Readers of an asset against people who were as active and did something else instead."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.comparing.matched import MatchedDifference, matched_difference

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

NEVER = 1_000_000
"""A day that lies after all others."""

_ACTIVE_DAYS = 90
_LATELY = (7, 30, 90, NEVER // 2)
_OFTEN = (0, 1, 3, 7, 15)
_TODAY = (1, 2, 4)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """What is known of each person, one element each, days as numbers.

    `stages` are the days on which each stage before the outcome was reached, [stages, people], and
    `outcome` those of the outcome; NEVER where it was not.
    """

    account: Numbers
    persona: Numbers
    stages: Numbers
    outcome: Numbers


@dataclass(frozen=True, slots=True, eq=False)
class ActiveDays:
    """Days on which people did something: one record per person and day, in that order."""

    person: Numbers
    day: Numbers
    actions: Numbers


@dataclass(frozen=True, slots=True)
class Asked:
    """Of which days readers are asked, what is observed, and within how many days it counts."""

    first: int
    last: int
    observed_until: int
    window: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What reading an asset goes with.

    `readers` are those whose window has passed, `converted` of them had the outcome within it.
    `raw` is their share minus that of all who never read it, from their first day on. `placebo` is
    the same comparison as `adds` over the window that had ended before the asset was read.
    """

    readers: int
    converted: int
    raw: float
    adds: MatchedDifference
    placebo: MatchedDifference


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What is compared: places of days, whether the outcome came, strata, and how keen each was."""

    where: Numbers
    happened: Flags
    strata: Numbers
    keenness: Floats


class Study:
    """All that is compared for any asset: records of people and days, and their strata.

    Records are alike that are of one persona and week, whose person stood at one stage, had last
    been active as lately and in the 90 days before as often, and does as much on the day. Among
    alike ones the difference is freed of how keen the person had been since they were first known.
    """

    def __init__(self, days: ActiveDays, people: People, asked: Asked) -> None:
        self._days, self._people = days, people
        self._key = days.person * 4 * NEVER + days.day
        self._sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(days.actions)])
        self._after = self._records(asked, days.day, days.day - 1)
        before = days.day - asked.window - 1
        self._before = self._records(asked, before, before)

    def effect(self, first_read: Numbers) -> Effect:
        """What does it go with that people read an asset, each first on this day, else NEVER?

        Treated are the days of a first reading, others those of people who had not read it yet.
        """
        where, happened = self._after.where, self._after.happened
        person = self._days.person[where]
        treated = self._days.day[where] == first_read[person]
        never = np.flatnonzero(first_read[person] == NEVER)
        _, first = np.unique(person[never], return_index=True)
        others = happened[never[first]]
        readers, converted = int(treated.sum()), int(happened[treated].sum())
        known = readers > 0 and len(others) > 0
        raw = converted / readers - float(others.mean()) if known else float("nan")
        return Effect(
            readers,
            converted,
            raw,
            self._compared(first_read, self._after),
            self._compared(first_read, self._before),
        )

    def _records(self, asked: Asked, since: Numbers, known_until: Numbers) -> Records:
        """Which records are compared, whether the outcome came after `since`, and what is alike.

        Those of the period whose person had no outcome by `since`, whose window after it is
        observed, and who, where this is earlier than the day itself, were known by then.
        """
        days, outcome = self._days, self._people.outcome[self._days.person]
        until = np.searchsorted(self._key, days.person * 4 * NEVER + known_until, side="right")
        began = np.searchsorted(self._key, days.person * 4 * NEVER - NEVER)
        kept = (days.day >= asked.first) & (days.day <= asked.last)
        kept &= (since + asked.window <= asked.observed_until) & (outcome > since)
        kept &= (until > began) | (known_until == days.day - 1)
        where = np.flatnonzero(kept)
        happened = outcome[where] <= since[where] + asked.window
        return Records(
            where,
            happened,
            self._strata(where, since, known_until, until, began),
            self._keenness(where, known_until, until, began),
        )

    def _keenness(
        self, where: Numbers, known_until: Numbers, until: Numbers, began: Numbers
    ) -> Floats:
        """How often each person had acted since they were first known, and for how long that is.

        Actions a day of all days, as a Gamma prior of one action makes it: that of who is new is
        everybody's. It stands as itself and as its logarithm, beside that of the days.
        """
        first = self._days.day[np.minimum(began[where], len(self._days.day) - 1)]
        actions = self._sums[until[where]] - self._sums[began[where]]
        known = np.where(until[where] > began[where], known_until[where] + 1 - first, 0)
        usual = max(float(actions.sum()), 1.0) / max(float(known.sum()), 1.0)
        rate = (1 + actions) / (1 / usual + known)
        return np.stack([np.log(rate), rate, np.log1p(known)], axis=1)

    def _strata(
        self, where: Numbers, since: Numbers, known_until: Numbers, until: Numbers, began: Numbers
    ) -> Numbers:
        days = self._days
        whose, last = days.person[where], until[where]
        from_key = whose * 4 * NEVER + known_until[where] - _ACTIVE_DAYS + 1
        often = self._sums[last] - self._sums[np.searchsorted(self._key, from_key)]
        latest = np.where(last > began[where], days.day[np.maximum(last - 1, 0)], -NEVER)
        stage = (self._people.stages[:, whose] <= since[where]).sum(axis=0)
        parts = (
            (days.day[where] // 7, None),
            (self._people.persona[whose], None),
            (stage, None),
            (known_until[where] + 1 - latest, _LATELY),
            (often, _OFTEN),
            (days.actions[where], _TODAY),
        )
        code = np.zeros(len(where), np.int64)
        for values, ends in parts:
            level = values if ends is None else np.searchsorted(np.array(ends), values)
            level = level - level.min() if len(level) else level
            code = code * (int(level.max(initial=0)) + 1) + level
        return np.unique(code, return_inverse=True)[1].astype(np.int64)

    def _compared(self, first_read: Numbers, records: Records) -> MatchedDifference:
        where, strata = records.where, records.strata
        person, day = self._days.person[where], self._days.day[where]
        treated = day == first_read[person]
        is_met = np.zeros(int(strata.max(initial=0)) + 1, bool)
        is_met[strata[treated]] = True
        kept = np.flatnonzero(is_met[strata] & (day <= first_read[person]))
        return matched_difference(
            records.happened[kept],
            treated[kept],
            strata[kept],
            self._people.account[person[kept]],
            records.keenness[kept],
        )
