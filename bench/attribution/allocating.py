"""How much of the best outcome a budget misses that is spread by curves learnt from a past."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.response.allocation import LEAST, MOST, allocate
from metrics.estimators.response.curve import fit_curves
from metrics.estimators.response.gate import gate
from metrics.estimators.response.panel import Floats, Hill, Panel, adstock

NAMES = ("Search", "Social", "Fairs", "Mail")
_CAUTION = 0.5


@dataclass(frozen=True)
class Past:
    """How a panel came about: regions, weeks, and the noise of a region's week."""

    regions: int = 12
    weeks: int = 104
    noise: float = 0.1
    """Standard deviation ÷ what all channels together bring."""


@dataclass(frozen=True)
class Spread:
    """What became of the budgets of so many pasts."""

    regret: Floats
    """Share of the best outcome of the channels that the advice misses, of each past."""
    shown: NDArray[np.bool_]
    """Whether the gate let the curves be shown."""
    today: Floats
    """Share of the best outcome that today's spread misses."""
    worse: int
    """Advice said to be better than today that is worse."""

    def __str__(self) -> str:
        return (
            f"{len(self.regret)} pasts, {self.shown.sum()} shown: regret {_words(self.regret)};"
            f" of those shown {_words(self.regret[self.shown])};"
            f" of today's spread {_words(self.today)}; said better and worse: {self.worse}"
        )


def _words(shares: Floats) -> str:
    if not len(shares):
        return "of none"
    return f"mean {shares.mean():.2%}, largest {shares.max():.2%}"


def spread(past: Past, pasts: int) -> Spread:
    """Spread the budget of so many pasts with random concave curves, and hold it to the truth.

    Also where the gate is shut and nobody would be advised, which is harder.
    """
    regret, shown, now, worse = [], [], [], 0
    for seed in range(pasts):
        rng = np.random.default_rng((past.regions, past.weeks, seed))
        truth = concave(rng)
        panel, today = lived(truth, past, rng)
        found = gate(panel, rng).curves
        largest = panel.spend.max(axis=2).sum(axis=1)
        draws = (found or fit_curves(panel, rng)).draws
        advice = allocate(draws, today, largest, past.regions, _CAUTION, float(today.sum()))
        spent = np.array([each.value for each in advice.spend])
        best = best_of(truth, today, largest, past.regions)
        reached, as_now = (worth(truth, each, past.regions) for each in (spent, today))
        regret.append(1 - reached / best)
        now.append(1 - as_now / best)
        shown.append(found is not None)
        worse += advice.distinguishable and reached < as_now
    return Spread(np.array(regret), np.array(shown), np.array(now), worse)


def months_let_through(pasts: int) -> int:
    """Of pasts of one company by months, one to six years of them: of how many curves are shown."""
    through = 0
    for seed in range(pasts):
        rng = np.random.default_rng((9, seed))
        months = Past(regions=1, weeks=int(rng.integers(12, 73)), noise=0.02)
        panel, _ = lived(concave(rng), months, rng)
        through += gate(panel, rng).open
    return through


def concave(rng: np.random.Generator) -> Hill:
    """Curves of two to four channels that saturate from the first unit of spend on."""
    channels = int(rng.integers(2, len(NAMES) + 1))
    return Hill(
        beta=rng.uniform(15.0, 60.0, channels),
        kappa=rng.uniform(40.0, 200.0, channels),
        slope=rng.uniform(0.7, 1.0, channels),
        carryover=rng.uniform(0.0, 0.6, channels),
    )


def lived(truth: Hill, past: Past, rng: np.random.Generator) -> tuple[Panel, Floats]:
    """A panel with a trend and levels of regions, and what is spent today in all regions."""
    channels, shape = len(truth.beta), (past.regions, past.weeks)
    usual = rng.uniform(30.0, 150.0, (channels, 1, 1))
    spend = usual * rng.lognormal(0, 0.6, (channels, *shape))
    trend = np.tile(np.linspace(-1, 1, past.weeks), (1, past.regions, 1))
    working = np.stack([adstock(s, c) for s, c in zip(spend, truth.carryover, strict=True)])
    brought = truth.response(working.transpose(1, 2, 0)).sum(axis=-1)
    outcome = rng.uniform(30, 70, (past.regions, 1)) + 8 * trend[0] + brought
    outcome += past.noise * brought.mean() * rng.standard_normal(shape)
    return Panel(NAMES[:channels], outcome, spend, trend), usual[:, 0, 0] * past.regions


def worth(truth: Hill, spent: Floats, units: int) -> float:
    """What a steady spend on each channel brings per period in all units."""
    return float(units * truth.response(spent / units).sum())


def best_of(truth: Hill, today: Floats, largest: Floats, units: int) -> float:
    """The most that known concave curves give: where all marginals are equal, but for the bounds.

    By halving the common marginal, and for each of them the spend of each channel.
    """
    low, high = LEAST * today / units, np.minimum(MOST * today, largest) / units
    under, over = 0.0, float(truth.marginal(low).max())
    for _ in range(100):
        common = (under + over) / 2
        spent = _spend_at(truth, common, low, high)
        under, over = (common, over) if spent.sum() > today.sum() / units else (under, common)
    return worth(truth, _spend_at(truth, over, low, high) * units, units)


def _spend_at(truth: Hill, common: float, low: Floats, high: Floats) -> Floats:
    below, above = low.copy(), high.copy()
    for _ in range(60):
        middle = (below + above) / 2
        more = truth.marginal(middle) > common
        below, above = np.where(more, middle, below), np.where(more, above, middle)
    return (below + above) / 2
