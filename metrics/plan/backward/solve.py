"""The scale of a plan's months at which each window's target is met as surely as asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.deal_sums import DealSums
from metrics.estimators.first_passage import answer, entries_until
from metrics.plan.target import Target, Together
from metrics.plan.turns import Turn

TOO_LATE = 0.1
"""Entries of a month are too late when less than this share of their wins comes in time."""


Group: TypeAlias = tuple[list[int], NDArray[np.int64]]
"""Windows that are solved together, and the months whose scale meets them."""


def too_near(in_time: NDArray[np.float64], groups: list[Group]) -> NDArray[np.bool_]:
    """Which windows are decided by what exists? Those that even their best month is too late for.

    That is where under 10% of the month's eventual wins come by the end of the window: more
    entries would be wins of later windows, and the few in time would take thousands.

    >>> in_time = np.array([[0.01, 0.0], [0.6, 0.2]])
    >>> too_near(in_time, groups_of(in_time))
    array([ True, False])
    """
    by_end = in_time.cumsum(axis=0)
    found = np.zeros(len(in_time), dtype=np.bool_)
    for windows, months in groups:
        for place in windows:
            found[place] = by_end[place, months].max() < TOO_LATE
    return found


def groups_of(in_time: NDArray[np.float64]) -> list[Group]:
    """Which months' scale meets which window? By [windows, months], the share of wins in time.

    A month belongs to the window in which most of its wins fall, later months never to an earlier
    window; one that is too late for all goes with the month before. A window without months of its
    own is met by those of the window before, or at the start of the one after.

    >>> groups_of(np.array([[0.7, 0.4, 0.0], [0.2, 0.5, 0.1]]))
    [([0], array([0])), ([1], array([1, 2]))]
    """
    windows = len(in_time)
    most = np.where(in_time.sum(axis=0) > 0, in_time.argmax(axis=0), 0)
    owner = np.maximum.accumulate(most)
    groups: list[Group] = []
    waiting: list[int] = []
    for window in range(windows):
        months = np.flatnonzero(owner == window)
        if months.size:
            groups.append(([*waiting, window], months))
            waiting = []
        elif groups:
            groups[-1][0].append(window)
        else:
            waiting.append(window)
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A target with everything drawn; what is left is to find the volumes."""

    target: Target
    groups: list[Group]
    shares: NDArray[np.float64]
    win_chances: NDArray[np.float32]
    brought: NDArray[np.float64]
    sums: tuple[DealSums, ...]
    seed: int
    too_near: NDArray[np.bool_]

    def solve(self) -> Solution:
        """The entries by month at which each window, or all together, are met as surely as asked.

        A window that is too near for its months is decided by what exists and asks for nothing.
        Months also bring wins to other windows than their own, so the scales are found in turn
        until they agree: on some of the draws first, then on all of them.
        """
        wanted = self.target.confidence
        if len(self.groups) == 1 and self.target.together is Together.EACH:
            return self._turn(wanted, np.zeros(len(self.shares)))
        entries = self._settled(wanted, np.zeros(len(self.shares)))
        if self.target.together is Together.ALL:
            low, high = wanted, 1 - (1 - wanted) / len(self.target.deadlines)
            entries = self._settled(high, entries)
            for _ in range(HALVINGS):
                middle = (low + high) / 2
                tried = self._turn(middle, entries)
                if tried.joint_chance >= wanted:
                    high, entries = middle, tried.entries
                else:
                    low = middle
            wanted = high
        return self._turn(wanted, entries)

    def _settled(self, confidence: float, entries: NDArray[np.float64]) -> NDArray[np.float64]:
        some = self._of_draws(SETTLING_DRAWS)
        for _ in range(SETTLING_TURNS):
            entries = some._turn(confidence, entries).entries
        return entries

    def _of_draws(self, draws: int) -> Problem:
        return replace(
            self, win_chances=self.win_chances[:, :draws], brought=self.brought[:, :draws]
        )

    def _turn(self, confidence: float, entries: NDArray[np.float64]) -> Solution:
        """Solve each group once, given the entries of the others."""
        rng = np.random.default_rng((self.seed, 3))
        entries = np.where(np.isfinite(entries), entries, 0.0)
        needed, planned = np.zeros_like(self.brought), np.zeros(len(self.brought))
        for windows, months in self.groups:
            shares = self.shares[months]
            shares = (
                shares / shares.sum() if shares.sum() else np.full(len(months), 1 / len(months))
            )
            entries[months] = 0
            for place in windows:
                known = self.brought[place]
                if entries.any():
                    turn = Turn.OTHERS.of(place)
                    known = known + reached(
                        self.win_chances[place], entries, self.sums[place], turn, rng
                    )
                amount = self.target.deadlines[place].amount
                if self.too_near[place]:
                    needed[place] = np.where(known >= amount * (1 - 1e-12), 0.0, np.inf)
                    continue
                q = np.clip(self.win_chances[place][:, months] @ shares, 0, 1)
                wins = self.sums[place].to_reach(amount - known, Turn.WANTED.of(place), rng)
                needed[place] = entries_until(wins, q, rng)
            asking = [place for place in windows if not self.too_near[place]]
            volume = max((answer(needed[place], confidence) for place in asking), default=0.0)
            planned[windows] = volume
            if not np.isfinite(volume):
                return Solution(np.full(len(entries), np.inf), needed, planned)
            entries[months] = volume * shares
        found = Solution(entries, needed, planned)
        if self.too_near.all() and min(found.is_met.mean(axis=1)) < confidence:
            return Solution(np.full(len(entries), np.inf), needed, planned)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Entries by month; by window the draws of what its months need, and what they are planned."""

    entries: NDArray[np.float64]
    needed: NDArray[np.float64]
    planned: NDArray[np.float64]

    @property
    def is_met(self) -> NDArray[np.bool_]:
        """[windows, draws]: whether what is planned is enough."""
        enough: NDArray[np.bool_] = self.needed <= self.planned[:, None]
        return enough & np.isfinite(self.needed)

    @property
    def joint_chance(self) -> float:
        """In which share of the draws all windows are met."""
        return float(self.is_met.all(axis=0).mean())


HALVINGS = 5
"""How often the confidence of a window is halved in, for all windows together."""

SETTLING_DRAWS = 2_000

SETTLING_TURNS = 4


def reached(
    win_chances: NDArray[np.float32],
    entries: NDArray[np.float64],
    sums: DealSums,
    turn: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """[draws]: what these entries by month bring in one window, by [draws, months] chances."""
    total = round(float(entries.sum()))
    if total == 0:
        return np.zeros(len(win_chances))
    mean = np.clip(win_chances @ (entries / entries.sum()), 0, 1)
    return sums.totals(rng.binomial(np.int64(total), mean), turn, rng)
