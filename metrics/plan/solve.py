"""The scale of a plan's months at which each window's target is met as surely as asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.deal_sizes import DealSizes, draw_totals
from metrics.estimators.first_passage import answer, needed_entries
from metrics.period import Period
from metrics.plan.target import Target, Together

TOO_LATE = 0.1
"""Entries of a month are too late when less than this share of their wins comes in time."""


def groups_of(
    months: tuple[Period, ...], target: Target, in_time: NDArray[np.float64]
) -> list[tuple[list[int], NDArray[np.int64]]]:
    """Windows that are solved together, and the months whose scale meets them.

    The months up to a window's end belong to it. Where all of them are too late for it, the window
    joins the one before.
    """
    groups: list[tuple[list[int], NDArray[np.int64]]] = []
    start = 0
    for place, window in enumerate(target.windows):
        end = sum(month.end <= window.end or month.start <= window.end for month in months)
        own = np.arange(start, end)
        late = own.size == 0 or (in_time[place, own] < TOO_LATE).all()
        if groups and late:
            windows, earlier = groups[-1]
            groups[-1] = ([*windows, place], np.concatenate((earlier, own)))
        else:
            groups.append(([place], own))
        start = end
    return groups


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A target with everything drawn; what is left is to find the volumes."""

    target: Target
    groups: list[tuple[list[int], NDArray[np.int64]]]
    shares: NDArray[np.float64]
    win_chances: NDArray[np.float32]
    brought: NDArray[np.float64]
    sizes: DealSizes
    seed: int

    def solve(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """The entries by month, and by window the draws of what is needed and what is planned."""
        wanted = self.target.confidence
        found = self._at(wanted)
        if self.target.together is Together.EACH or len(self.target.deadlines) == 1:
            return found
        low, high = wanted, 1 - (1 - wanted) / len(self.target.deadlines)
        found = self._at(high)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            tried = self._at(middle)
            joint = (tried[1] <= tried[2][:, None]).all(axis=0).mean()
            if joint >= wanted:
                high, found = middle, tried
            else:
                low = middle
        return found

    def _at(
        self, confidence: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        rng = np.random.default_rng((self.seed, 3))
        entries = np.zeros(len(self.shares))
        needed, planned = np.zeros_like(self.brought), np.zeros(len(self.brought))
        for windows, months in self.groups:
            shares = self.shares[months]
            shares = (
                shares / shares.sum() if shares.sum() else np.full(len(months), 1 / len(months))
            )
            for place in windows:
                known = self.brought[place]
                if entries.any():
                    known = known + reached(self.win_chances[place], entries, self.sizes, rng)
                q = np.clip(self.win_chances[place][:, months] @ shares, 0, 1)
                amount = self.target.deadlines[place].amount
                needed[place] = needed_entries(amount, known, q, self.sizes, rng)
            volume = max(answer(needed[place], confidence) for place in windows)
            planned[windows] = volume
            entries[months] = np.where(shares > 0, volume * shares, 0)
            if not np.isfinite(volume):
                entries[months] = np.inf
                return entries, needed, planned
        return entries, needed, planned


HALVINGS = 6
"""How often the confidence of a window is halved in, for all windows together."""


def reached(
    win_chances: NDArray[np.float32],
    entries: NDArray[np.float64],
    sizes: DealSizes,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """[draws]: what these entries by month bring in one window, by [draws, months] chances."""
    total = round(float(entries.sum()))
    if total == 0:
        return np.zeros(len(win_chances))
    mean = np.clip(win_chances @ (entries / entries.sum()), 0, 1)
    return draw_totals(sizes, rng.binomial(np.int64(total), mean), rng)
