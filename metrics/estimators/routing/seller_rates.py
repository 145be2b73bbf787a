"""Seller rates: what each seller makes of each segment beyond what its leads let expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.estimators.routing.history import LEVEL, MONTH, SEGMENT, SELLER, Floats

ROUNDS = 12
"""How often expectation and sellers are fitted in turn: more change nothing that is shown."""

RECORDS_OF_PRIOR = 10.0
"""So many records draw a segment, level or month towards the mean of all."""

SPREADS = np.array([0.0, 0.02, 0.04, 0.07, 0.1, 0.15, 0.2, 0.3, 0.45])
"""How far sellers may differ, in standard deviations of one lead's outcome."""

USUAL_SPREAD = 0.15
"""Beforehand the spread is that of a half-normal of this scale, in the same unit."""


@dataclass(frozen=True, slots=True, eq=False)
class TwoLevels:
    """Normal differences of sellers, and of their segments around them, on a grid of spreads.

    Of each pair of spreads (`of_seller`, `of_cell`) its `weight`. `mean` and `variance` hold the
    posterior of the seller's difference given the pair, [pair, seller]; `residual` and `error` are
    what was seen of each cell, [seller, segment], with an infinite error where nothing was.
    """

    of_seller: Floats
    of_cell: Floats
    weight: Floats
    mean: Floats
    variance: Floats
    residual: Floats
    error: Floats

    @property
    def expected(self) -> Floats:
        """The posterior mean of each cell's difference, [seller, segment]."""
        kept = self._kept(self.of_cell[:, None, None])
        cell = self.mean[:, :, None] + kept * (self.residual - self.mean[:, :, None])
        found: Floats = np.einsum("p,pas->as", self.weight, cell)
        return found

    def draw(self, draws: int, rng: np.random.Generator) -> Floats:
        """Draws of all differences together, [draws, seller, segment]."""
        pair = rng.choice(len(self.weight), size=draws, p=self.weight)
        seller = rng.normal(self.mean[pair], np.sqrt(self.variance[pair]))[:, :, None]
        spread = self.of_cell[pair][:, None, None]
        kept = self._kept(spread)
        noise = rng.standard_normal((draws, *self.residual.shape))
        found: Floats = (
            seller + kept * (self.residual - seller) + spread * np.sqrt(1 - kept) * noise
        )
        return found

    def _kept(self, spread: Floats) -> Floats:
        """Which part of a cell's own residual is believed; none of a cell without a record."""
        return np.asarray(spread**2 / (spread**2 + self.error), dtype=np.float64)


def two_levels(residual: Floats, error: Floats, scale: float) -> TwoLevels:
    """How far do sellers differ, and how far does each seller's success differ by segment?

    `residual` [seller, segment] is what was seen beyond what was expected, `error` its variance,
    infinite where there is no record; `scale` the standard deviation of one lead's outcome.
    residual = s_a + t_ag + ε with s ~ N(0, σ²), t ~ N(0, τ²), ε ~ N(0, error). The likelihood of
    each pair of spreads is exact (Sherman and Morrison), and the answer a mean over all pairs.

    Source: Gelman et al., Bayesian Data Analysis (2013), sections 5.4 and 5.5.

    >>> seen = two_levels(np.array([[0.1, 0.1], [-0.1, -0.1]]), np.full((2, 2), 1e-4), 0.4)
    >>> bool(0.05 < seen.expected[0, 0] < 0.1)
    True
    """
    first, second = (each.ravel() * scale for each in np.meshgrid(SPREADS, SPREADS))
    seen = np.isfinite(error)
    residual = np.where(seen, residual, 0.0)
    precision = np.where(seen, 1 / (second[:, None, None] ** 2 + error), 0.0)
    total = precision.sum(axis=2)
    weighted = (precision * residual).sum(axis=2)
    squares = (precision * residual**2).sum(axis=2)
    grown = 1 + first[:, None] ** 2 * total
    logs = np.log(np.where(precision > 0, precision, 1.0)).sum(axis=2)
    fit = squares - first[:, None] ** 2 * weighted**2 / grown
    log_density = (0.5 * (logs - np.log(grown) - fit)).sum(axis=1)
    log_density -= 0.5 * (first**2 + second**2) / (USUAL_SPREAD * scale) ** 2
    # A grid that grows denser towards none needs the width that each of its points stands for.
    width = np.gradient(SPREADS)
    weight = np.exp(log_density - log_density.max()) * np.outer(width, width).ravel()
    return TwoLevels(
        first,
        second,
        weight / weight.sum(),
        first[:, None] ** 2 * weighted / grown,
        first[:, None] ** 2 / grown,
        residual,
        error,
    )


@dataclass(frozen=True, slots=True, eq=False)
class SellerRates:
    """What was expected of each lead [segment, level, month], and what sellers add to it."""

    expected: Floats
    beyond: TwoLevels

    @property
    def rates(self) -> Floats:
        """The rate of each cell [segment, level, month, seller]."""
        found: Floats = np.clip(
            self.expected[..., None] + self.beyond.expected.T[:, None, None, :], 0, 1
        )
        return found


def seller_rates(given: Floats, reached: Floats) -> SellerRates:
    """What does each seller make of each segment, had all sellers had the same leads?

    Counts of [segment, level, month, seller]. What is expected of a lead is the mean of all, plus
    what its segment, its level within the segment and its month add, each drawn towards none;
    sellers are what is left, on two levels. The two are fitted in turn, so that who was given the
    better leads does not look better, and hard leads do not look hard because of who got them.

    Raises ValueError without leads.
    """
    records = given.sum()
    if not records:
        raise ValueError("without leads given there are no rates")
    mean = reached.sum() / records
    scale = float(np.sqrt(max(mean * (1 - mean), 1e-6)))
    by_lead, of_lead = given.sum(axis=SELLER), given.sum(axis=(LEVEL, MONTH)).T
    levels: list[tuple[int, ...]] = [
        (LEVEL, MONTH), (SEGMENT, MONTH), (MONTH,), (SEGMENT, LEVEL),
    ]  # fmt: skip
    parts = [np.zeros(1) for _ in levels]
    sellers = np.zeros_like(of_lead)
    for _ in range(ROUNDS):
        left = reached.sum(axis=SELLER) - np.einsum("glma,ag->glm", given, sellers)
        for place, others in enumerate(levels):
            rest = mean + sum(each for number, each in enumerate(parts) if number != place)
            gap = (left - by_lead * rest).sum(axis=others, keepdims=True)
            held = by_lead.sum(axis=others, keepdims=True)
            parts[place] = gap / (held + RECORDS_OF_PRIOR)
        expected = np.clip(mean + sum(parts), 0.1 * mean, 1 - 0.1 * (1 - mean))
        sellers, beyond = _sellers(given, reached, expected, of_lead, scale)
    return SellerRates(np.asarray(expected, dtype=np.float64), beyond)


def _sellers(
    given: Floats, reached: Floats, expected: Floats, leads: Floats, scale: float
) -> tuple[Floats, TwoLevels]:
    """Differences of sellers by segment, and how sure they are, given what was expected."""
    due = np.einsum("glma,glm->ag", given, expected)
    chance = np.einsum("glma,glm->ag", given, expected * (1 - expected))
    there = np.maximum(leads, 1)
    residual = (reached.sum(axis=(LEVEL, MONTH)).T - due) / there
    error = np.where(leads > 0, np.maximum(chance, 1e-9) / there**2, np.inf)
    beyond = two_levels(residual, error, scale)
    return beyond.expected, beyond
