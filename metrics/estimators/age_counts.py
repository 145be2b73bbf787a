"""Age counts: how many records enter, convert, exit and stay open at each age, and their bins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class AgeCounts:
    """What happens to records at each age, in whole days since they entered the state.

    The index is the age, 0 to the horizon. A record is at risk from the age at which it comes
    under observation (`entered`, usually 0) to the age at which it converts, exits otherwise, or
    is last seen open (`censored`), both included. Records that leave after the horizon are at
    risk to the end and stand in none of the three.

    Raises ValueError where lengths differ, a count is negative, or more leave than are at risk.

    >>> counts = AgeCounts.of([0, 3, 9], entered=[4, 0, 0], converted=[0, 1, 0],
    ...                       exited=[0, 1, 0], censored=[1, 0, 1], horizon=5)
    >>> counts.at_risk.tolist()
    [4, 3, 3, 3, 1, 1]
    """

    entered: NDArray[np.int64]
    converted: NDArray[np.int64]
    exited: NDArray[np.int64]
    censored: NDArray[np.int64]

    def __post_init__(self) -> None:
        columns = (self.entered, self.converted, self.exited, self.censored)
        if len({column.shape for column in columns}) > 1 or self.entered.ndim != 1:
            raise ValueError("the counts need one length")
        if not self.entered.size:
            raise ValueError("the counts need at least age 0")
        if any(not np.issubdtype(column.dtype, np.integer) for column in columns):
            raise ValueError("the counts are whole numbers")
        if any((column < 0).any() for column in columns):
            raise ValueError("a count is negative")
        short = np.flatnonzero(self.at_risk < self.left)
        if short.size:
            raise ValueError(f"more records leave at age {short[0]} than are at risk")

    @classmethod
    def of(
        cls,
        ages: ArrayLike,
        entered: ArrayLike,
        converted: ArrayLike,
        exited: ArrayLike,
        censored: ArrayLike,
        horizon: int,
    ) -> AgeCounts:
        """The counts of rows that each give an age; equal ages add up, ages over the horizon drop.

        Raises ValueError for a negative age, which is the caller's to settle.
        """
        age = np.asarray(ages, dtype=np.int64)
        if (age < 0).any():
            raise ValueError("an age is negative")
        kept = age <= horizon

        def by_age(counts: ArrayLike) -> NDArray[np.int64]:
            column = np.zeros(horizon + 1, dtype=np.int64)
            np.add.at(column, age[kept], np.asarray(counts, dtype=np.int64)[kept])
            return column

        return cls(by_age(entered), by_age(converted), by_age(exited), by_age(censored))

    @classmethod
    def from_start(cls, ages: ArrayLike, converted: ArrayLike, censored: ArrayLike) -> AgeCounts:
        """The counts of records that are all seen from age 0 on, up to the highest age there is.

        >>> AgeCounts.from_start([3, 5], converted=[2, 0], censored=[0, 4]).at_risk.tolist()
        [6, 6, 6, 6, 4, 4]
        """
        age, came, open_ = (np.asarray(each) for each in (ages, converted, censored))
        nobody = np.zeros(len(age) + 1, dtype=np.int64)
        entered = nobody.copy()
        entered[0] = came.sum() + open_.sum()
        return cls.of(
            np.append(0, age),
            entered=entered,
            converted=np.append(0, came),
            exited=nobody,
            censored=np.append(0, open_),
            horizon=int(age.max(initial=0)),
        )

    @property
    def horizon(self) -> int:
        """The highest age, in days."""
        return len(self.entered) - 1

    @property
    def left(self) -> NDArray[np.int64]:
        """The records that leave at each age, for any reason."""
        return self.converted + self.exited + self.censored

    @property
    def at_risk(self) -> NDArray[np.int64]:
        """The records that came in at this age or before and leave at this age or after."""
        return np.cumsum(self.entered) - np.cumsum(self.left) + self.left

    def __add__(self, other: AgeCounts) -> AgeCounts:
        """The counts of both groups of records, which need the same horizon."""
        if self.horizon != other.horizon:
            raise ValueError(f"the horizons differ: {self.horizon} and {other.horizon} days")
        return AgeCounts(
            self.entered + other.entered,
            self.converted + other.converted,
            self.exited + other.exited,
            self.censored + other.censored,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Neighbouring ages taken together, as if each bin were one binomial trial of its records.

    Per bin: `age` is its last age, `at_risk` the effective number of records, `converted` and
    `exited` the effective numbers that leave. Per age up to the horizon: `converted_by` and
    `exited_by` are the shares of the bin's conversions and exits that have happened by then.
    """

    age: NDArray[np.int64]
    at_risk: NDArray[np.float64]
    converted: NDArray[np.float64]
    exited: NDArray[np.float64]
    converted_by: NDArray[np.float64]
    exited_by: NDArray[np.float64]


def binned(counts: AgeCounts, at_least: int = 5) -> Bins:
    """Which neighbouring ages have enough events to be one bin?

    An event is a conversion or an exit. A bin closes at the age of its fifth (`at_least`) event,
    and before an event whose number at risk is under half or over double that of the bin's first:
    such bins, and the last one, may hold fewer. Without any event there is one bin.

    The effective numbers keep the daily estimate. With p_c and p_e the daily product limit of
    converting and exiting within the bin for a record open at its start, and D its events:
    at_risk = D ÷ (p_c + p_e), converted = p_c · at_risk, exited = p_e · at_risk. Where none is
    censored or enters within the bin, at_risk is the number at its start and the others are the
    counts. A bin without events has the mean number at risk of its days.

    >>> counts = AgeCounts.of(range(4), entered=[20, 0, 0, 0], converted=[0, 2, 2, 1],
    ...                       exited=[0, 1, 0, 2], censored=[0, 0, 0, 12], horizon=3)
    >>> bins = binned(counts)
    >>> bins.age.tolist(), bins.at_risk.round(9).tolist(), bins.converted.round(9).tolist()
    ([2, 3], [20.0, 15.0], [4.0, 1.0])
    """
    at_risk = counts.at_risk
    edges = _edges(counts.converted + counts.exited, at_risk, at_least)
    rows = []
    converted_by, exited_by = np.ones(len(at_risk)), np.ones(len(at_risk))
    for start, end in pairwise([0, *(edge + 1 for edge in edges)]):
        days = slice(start, end)
        n = np.maximum(at_risk[days], 1)
        converting, exiting = counts.converted[days] / n, counts.exited[days] / n
        still_open = np.cumprod(1 - converting - exiting)
        before = np.concatenate(([1.0], still_open[:-1]))
        converted, exited = np.cumsum(before * converting), np.cumsum(before * exiting)
        events = counts.converted[days].sum() + counts.exited[days].sum()
        leaving = converted[-1] + exited[-1]
        effective = events / leaving if events else at_risk[days].mean()
        rows.append((end - 1, effective, converted[-1] * effective, exited[-1] * effective))
        evenly = np.arange(1, end - start + 1) / (end - start)
        converted_by[days] = converted / converted[-1] if converted[-1] else evenly
        exited_by[days] = exited / exited[-1] if exited[-1] else evenly
    age, effective_n, conversions, exits = zip(*rows, strict=True)
    return Bins(
        np.array(age),
        np.array(effective_n),
        np.array(conversions),
        np.array(exits),
        converted_by,
        exited_by,
    )


def _edges(events: NDArray[np.int64], at_risk: NDArray[np.int64], at_least: int) -> list[int]:
    """The last age of each bin; the last bin ends at the horizon."""
    edges: list[int] = []
    held, first = 0, 0
    for age in np.flatnonzero(events).tolist():
        n = int(at_risk[age])
        if held and not first <= 2 * n <= 4 * first:
            edges.append(age - 1)
            held = 0
        first = first if held else n
        held += int(events[age])
        if held >= at_least:
            edges.append(age)
            held = 0
    last = len(events) - 1
    return [*edges, last] if held or not edges else [*edges[:-1], last]
