"""Deal sizes: amounts of deals to come, drawn from those won, and what it takes to reach a sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST_EXACT, MOST_EXACT = 250, 2000
"""Bounds of how many deals of a draw are drawn one by one."""

BLOCK = 50

MANY_AMOUNTS = 500
"""From so many won deals on, the mean of a weighting is drawn without its weights."""


@dataclass(frozen=True, slots=True, eq=False)
class DealSizes:
    """Amounts of won deals, and how far around each of them the amount of a new deal may lie.

    `bandwidth` is the standard deviation of the log-normal kernel around an amount. It is 0, and
    nothing but amounts already seen is drawn, for a single amount and where the middle half of the
    amounts is one price.
    """

    amounts: NDArray[np.float64]
    bandwidth: float

    @classmethod
    def of(cls, amounts: ArrayLike) -> DealSizes:
        """The sizes of these won deals, with the bandwidth of Silverman's rule on their logarithms.

        0.9 · min(standard deviation, interquartile range ÷ 1.34) · n^(−1/5), over the amounts above
        0; deals of amount 0 are drawn as such. A credit, an amount below 0, is no size of a deal to
        come: of credits alone none brings anything. Raises ValueError without an amount, and for
        one that is not a number.

        >>> DealSizes.of([50.0]).bandwidth, round(DealSizes.of([10, 20, 40, 80]).bandwidth, 3)
        (0.0, 0.529)
        """
        found = np.sort(np.asarray(amounts, dtype=np.float64).ravel())
        if not found.size:
            raise ValueError("without a won amount there is no deal size")
        if not np.isfinite(found).all():
            raise ValueError("a won amount is not a number")
        found = found[found >= 0] if found[-1] >= 0 else np.zeros(1)
        logs = np.log(found[found > 0])
        if len(logs) < 2:
            return cls(found, 0.0)
        low, high = np.quantile(logs, [0.25, 0.75])
        spread = min(float(logs.std(ddof=1)), float(high - low) / 1.34)
        return cls(found, 0.9 * spread * len(logs) ** -0.2)

    @property
    def single(self) -> float | None:
        """The one amount that every deal has, if so."""
        same = self.bandwidth == 0 and self.amounts[0] == self.amounts[-1]
        return float(self.amounts[0]) if same else None

    @property
    def exact_deals(self) -> int:
        """About how many deals are drawn one by one, until the skewness of their sum is a half."""
        first, second, third = (
            float((self.amounts**power).mean() * np.exp((power**2 - power) / 2 * self.bandwidth**2))
            for power in (1, 2, 3)
        )
        spread = second - first**2
        skewness = (third - 3 * first * second + 2 * first**3) / spread**1.5 if spread else 0.0
        return int(np.clip(4 * skewness**2, FEWEST_EXACT, MOST_EXACT))


def draw_totals(
    sizes: DealSizes, deals: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """How much do so many deals bring? The totals of [draws] or [draws, periods] of deals.

    Each draw has one Bayesian bootstrap of the amounts won for all its periods: weights ~
    Dirichlet(1, …, 1), and each deal an amount by weight times a log-normal kernel of mean 1, so
    that smoothing does not raise the mean. After the `exact_deals` of a draw the totals of the rest
    are normal, with the mean and variance of its weights. Source: Rubin (1981).

    >>> draw_totals(DealSizes.of([250.0]), np.array([0, 3]), np.random.default_rng(1)).tolist()
    [0.0, 750.0]
    """
    if (deals < 0).any():
        raise ValueError("a number of deals is negative")
    if (amount := sizes.single) is not None:
        return deals.astype(np.float64) * amount
    until = np.atleast_2d(deals.T).cumsum(axis=0)  # [periods, draws], as are the sums by then
    reached = np.zeros(until.shape)
    draws = np.flatnonzero(until[-1])
    urn = Urn(sizes, len(draws), rng)
    while draws.size and urn.taken < sizes.exact_deals:
        start = urn.taken
        amounts = urn.take(min(BLOCK, int(until[-1, draws].max()) - start))
        sums = np.concatenate((np.zeros((1, len(draws))), amounts.cumsum(axis=0)))
        within = np.clip(until[:, draws] - start, 0, len(amounts))
        reached[:, draws] += np.take_along_axis(sums, within, axis=0)
        going_on = until[-1, draws] > urn.taken
        urn.keep(going_on)
        draws = draws[going_on]
    totals = np.diff(reached, axis=0, prepend=0)
    if draws.size:
        mean, square = urn.moments()
        later = np.maximum(until[:, draws] - urn.taken, 0)
        rest = np.diff(later, axis=0, prepend=0).astype(np.float64)
        spread = np.sqrt(rest * np.maximum(square - mean**2, 0))
        noise = rng.standard_normal(rest.shape)
        totals[:, draws] += np.maximum(rest * mean + spread * noise, 0)
    return totals.T.reshape(deals.shape)


def deals_to_reach(
    sizes: DealSizes, sums: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """How many deals does it take to reach a sum? k = min{k : A_1 + … + A_k ≥ sum}, per draw.

    The amounts are drawn as in `draw_totals`; 0 where nothing is left to reach, infinite where all
    amounts are 0. Where a sum is worth more than the `exact_deals`, and after them in a draw, the
    rest x takes a normal number: around x ÷ m + E(A²) ÷ (2m²), with the variance x · var(A) ÷ m³
    and the moments of its weights. The 10th to the 90th percentile are then within about 1% of
    what drawing all one by one gives.
    Source: the renewal theorem with its overshoot (Feller 1971, chapter XI).

    >>> deals_to_reach(DealSizes.of([250.0]), np.array([0.0, 500, 501]), np.random.default_rng(1))
    array([0., 2., 3.])
    """
    if (amount := sizes.single) is not None:
        deals = np.ceil(sums / amount * (1 - 1e-12)) if amount else np.full(len(sums), np.inf)
        return np.where(sums > 0, deals, 0)
    found = np.zeros(len(sums))
    far = sums > sizes.exact_deals * sizes.amounts.mean()
    draws = np.flatnonzero((sums > 0) & ~far)
    rest = sums[draws]
    urn = Urn(sizes, len(draws), rng)
    while draws.size and urn.taken < sizes.exact_deals:
        reached = np.cumsum(urn.take(BLOCK), axis=0)
        short = (reached < rest * (1 - 1e-12)).sum(axis=0)
        found[draws] += np.minimum(short + 1, BLOCK)
        going_on = short == BLOCK
        rest = (rest - reached[-1])[going_on]
        urn.keep(going_on)
        draws = draws[going_on]
    found[draws] += about_to_reach(rest, *urn.moments(), rng)
    found[far] = about_to_reach(sums[far], *Urn(sizes, int(far.sum()), rng).moments(), rng)
    return found


def about_to_reach(
    rest: NDArray[np.float64],
    mean: NDArray[np.float64],
    square: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """The deals that reach a sum worth many of them, by the moments of an amount."""
    deals = rest / mean + square / (2 * mean**2)
    spread = np.sqrt(rest * np.maximum(square - mean**2, 0) / mean**3)
    return np.maximum(np.rint(deals + spread * rng.standard_normal(len(rest))), 1)


class Urn:
    """Amounts in blocks, [deals, draws], as if each draw had weighted the amounts won beforehand.

    Pólya's urn draws from Dirichlet weights without making them: the deal after j others is one of
    the n amounts won or a repeat of one of the j, each with the chance 1 ÷ (n + j).
    """

    def __init__(self, sizes: DealSizes, draws: int, rng: np.random.Generator) -> None:
        self.sizes = sizes
        self.rng = rng
        self.taken = 0
        self.picks = np.empty((0, draws), dtype=np.int32)

    def take(self, deals: int) -> NDArray[np.float64]:
        """The amounts of the next deals."""
        won, draws, start = len(self.sizes.amounts), self.picks.shape[1], self.taken
        self.taken += deals
        if self.taken > len(self.picks):
            more = np.empty((max(BLOCK, len(self.picks)), draws), dtype=np.int32)
            self.picks = np.concatenate((self.picks, more))
        chance = self.rng.random((deals, draws), dtype=np.float32)
        for deal, part in enumerate(chance, start):
            pick = self.picks[deal]
            # A float32 under 1 times a whole number stays under that number, rounded too.
            np.multiply(part, won + deal, out=pick, casting="unsafe")
            repeated = np.flatnonzero(pick >= won)
            pick[repeated] = self.picks[pick[repeated] - won, repeated]
        amounts = self.sizes.amounts[self.picks[start : self.taken]]
        if bandwidth := self.sizes.bandwidth:
            kernel = self.rng.standard_normal((deals, draws), dtype=np.float32)
            kernel *= bandwidth
            kernel -= bandwidth**2 / 2
            amounts *= np.exp(kernel, out=kernel)
        return amounts

    def keep(self, draws: NDArray[np.bool_]) -> None:
        """Go on with these draws alone."""
        if not draws.all():
            self.picks = self.picks[:, draws]

    def moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The mean of an amount and of its square, of weights that agree with the deals so far."""
        amounts, picks = self.sizes.amounts, self.picks[: self.taken]
        smoothed = np.exp(self.sizes.bandwidth**2)
        if len(amounts) >= MANY_AMOUNTS:
            records = len(amounts) + self.taken
            mean = (amounts.sum() + amounts[picks].sum(axis=0)) / records
            square = ((amounts**2).sum() + (amounts**2)[picks].sum(axis=0)) / records
            variance = np.log1p((square / mean**2 - 1) / (records + 1))
            noise = self.rng.standard_normal(picks.shape[1])
            return mean * np.exp(np.sqrt(variance) * noise - variance / 2), square * smoothed
        # A gamma weight of 1 + c is the sum of c + 1 exponential ones: one per amount and repeat.
        draws = picks.shape[1]
        mean, square = np.empty(draws), np.empty(draws)
        short = amounts.astype(np.float32)
        weights = draws * (len(amounts) + self.taken)
        for part in np.array_split(np.arange(draws), 1 + weights // 2**18):
            own = self.rng.standard_exponential((len(amounts), len(part)), dtype=np.float32)
            again = self.rng.standard_exponential((self.taken, len(part)), dtype=np.float32)
            picked = short[picks[:, part]]
            whole = own.sum(axis=0) + again.sum(axis=0)
            again *= picked
            mean[part] = (short @ own + again.sum(axis=0)) / whole
            again *= picked
            square[part] = (short**2 @ own + again.sum(axis=0)) / whole
        return mean, square * smoothed
