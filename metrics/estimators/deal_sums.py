"""Deal sums: what the next deals of each draw bring together, drawn once and asked many times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.deal_sizes import BLOCK, DealSizes, Urn, about_to_reach

TURN = 97
"""A turn later, each draw is given the deals of the one that stands so many places on."""

ROUNDING = 1e-6
"""A sum that is short by this share is reached: sums are kept to seven digits."""


class LaterDeals:
    """The moments of an amount after the deals drawn one by one, by the weights of each draw.

    They are drawn when they are first asked for: few plans are of so many deals.
    """

    def __init__(self, urn: Urn) -> None:
        self._urn = urn
        self._lock = Lock()
        self._moments: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The mean of an amount and of its square, [draws]: always the same."""
        with self._lock:
            if self._moments is None:
                self._moments = self._urn.moments()
            return self._moments


@dataclass(frozen=True, slots=True, eq=False)
class DealSums:
    """Draws of deals one after the other, so that plans that are compared meet the same deals.

    Each draw has one Bayesian bootstrap of the amounts won, as in `draw_totals`. `sums`
    [deals + 1, draws] is what its first deals bring together, from none to the `exact_deals` of the
    sizes; `later` has the moments of an amount after them, None where every deal has one amount.
    `factor` multiplies every amount.

    What is asked for in two turns is apart: a draw's deals are then those of two bootstraps.
    """

    sizes: DealSizes
    sums: NDArray[np.float32]
    later: LaterDeals | None
    factor: float = 1.0

    @classmethod
    def of(cls, sizes: DealSizes, draws: int, rng: np.random.Generator) -> DealSums:
        """Draw them. Where every deal has one amount there is nothing to draw."""
        if sizes.single is not None:
            return cls(sizes, np.zeros((1, draws), dtype=np.float32), None)
        urn, exact = Urn(sizes, draws, rng), sizes.exact_deals
        sums = np.zeros((exact + 1, draws), dtype=np.float32)
        so_far = np.zeros(draws)
        while urn.taken < exact:
            start = urn.taken
            amounts = urn.take(min(BLOCK, exact - start))
            amounts[0] += so_far
            sums[start + 1 : urn.taken + 1] = np.cumsum(amounts, axis=0, out=amounts)
            so_far = amounts[-1]
        # Drawn later, so that nothing which is drawn in between may change them.
        (urn.rng,) = rng.spawn(1)
        return cls(sizes, sums, LaterDeals(urn))

    def times(self, factor: float) -> DealSums:
        """The same deals, each so many times as large."""
        return replace(self, factor=self.factor * factor)

    @property
    def expected(self) -> float:
        """The mean of the amounts won, by the factor."""
        return float(self.sizes.amounts.mean()) * self.factor

    def totals(
        self, deals: NDArray[np.int64], turn: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """How much do so many deals bring? The totals of [draws] or [draws, periods] of deals.

        The deals of a draw's periods follow each other. After the exact ones the totals of the rest
        are normal, with the mean and variance of the draw's weights. There may be fewer draws than
        were drawn.

        >>> sums = DealSums.of(DealSizes.of([250.0]), 2, np.random.default_rng(1))
        >>> sums.totals(np.array([0, 3]), 1, np.random.default_rng(1)).tolist()
        [0.0, 750.0]
        """
        if (deals < 0).any():
            raise ValueError("a number of deals is negative")
        if (amount := self.sizes.single) is not None:
            return deals.astype(np.float64) * (amount * self.factor)
        draw = self._turned(len(deals), turn)
        until = np.atleast_2d(deals.T).cumsum(axis=0)  # [periods, draws], as are the sums by then
        exact = len(self.sums) - 1
        reached = self.sums[np.minimum(until, exact), draw].astype(np.float64)
        totals = np.diff(reached, axis=0, prepend=0)
        far = np.flatnonzero(until[-1] > exact)
        if self.later and far.size:
            mean, square = (each[draw[far]] for each in self.later.moments())
            rest = np.diff(np.maximum(until[:, far] - exact, 0), axis=0, prepend=0)
            spread = np.sqrt(rest * np.maximum(square - mean**2, 0))
            noise = rng.standard_normal(rest.shape)
            totals[:, far] += np.maximum(rest * mean + spread * noise, 0)
        found: NDArray[np.float64] = (totals.T * self.factor).reshape(deals.shape)
        return found

    def to_reach(
        self, sums: NDArray[np.float64], turn: int, rng: np.random.Generator
    ) -> NDArray[np.float64]:
        """How many deals does it take to reach a sum? k = min{k : A_1 + … + A_k ≥ sum}, per draw.

        0 where nothing is left to reach, infinite where all amounts are 0. After the exact deals
        the rest takes a normal number, as in `deals_to_reach`.

        >>> sums = DealSums.of(DealSizes.of([250.0]), 3, np.random.default_rng(1))
        >>> sums.to_reach(np.array([0.0, 500, 501]), 1, np.random.default_rng(1))
        array([0., 2., 3.])
        """
        if (amount := self.sizes.single) is not None:
            each = amount * self.factor
            deals = np.ceil(sums / each * (1 - 1e-12)) if each else np.full(len(sums), np.inf)
            return np.where(sums > 0, deals, 0)
        draw = self._turned(len(sums), turn)
        wanted = (sums / self.factor * (1 - ROUNDING)).astype(np.float32)
        # The first row that is not under what is wanted, by halving; past the last where all are.
        low, high = np.zeros(len(sums), dtype=np.int64), np.full(len(sums), len(self.sums))
        for _ in range(len(self.sums).bit_length()):
            middle = (low + high) // 2
            short = self.sums[np.minimum(middle, len(self.sums) - 1), draw] < wanted
            short &= low < high
            low = np.where(short, middle + 1, low)
            high = np.where(short, high, middle)
        found = np.where(sums > 0, low, 0).astype(np.float64)
        far = np.flatnonzero(low == len(self.sums))
        if self.later and far.size:
            rest = sums[far] / self.factor - self.sums[-1, draw[far]]
            mean, square = (each[draw[far]] for each in self.later.moments())
            found[far] += about_to_reach(rest, mean, square, rng) - 1
        return found

    def _turned(self, draws: int, turn: int) -> NDArray[np.int64]:
        """Whose deals each draw is given in a turn."""
        places: NDArray[np.int64] = (np.arange(draws) + turn * TURN) % self.sums.shape[1]
        return places
