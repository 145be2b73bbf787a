"""Allocation: how a budget is best spread over channels, when their curves are not surely known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from metrics.estimators.comparing.estimate import Estimate
from metrics.estimators.response.panel import Floats, Hill

SURE = 0.95
"""How probably an allocation must be better than today's before it is called so."""
WORST = 0.2
"""Share of the draws that the cautious part of the aim looks at."""
LEAST, MOST = 0.7, 1.3
"""How far spend on a channel may move, times today's."""
_STEPS = 100
_DRAWS_APART = 200


@dataclass(frozen=True)
class Allocation:
    """A budget spread over channels, and what that is worth beside today's spread."""

    spend: tuple[Estimate, ...]
    """Per channel; the bounds are those of the best spend if the curves were known."""
    gain: Estimate
    """Outcome per period beyond that of today's spread of the same budget."""
    probability_better: float
    regret: float
    """Mean loss against today's spread, if it turns out to be worse; 0 where it never does."""

    @property
    def distinguishable(self) -> bool:
        """Whether it is better than today's spread more than by chance."""
        return self.probability_better >= SURE


def allocate(
    draws: Hill, today: Floats, largest: Floats, units: int, caution: float, budget: float
) -> Allocation:
    """How is a budget best spread over the channels, and is that better than today's spread?

    `draws` are curves of one unit, [draws, channels]; `today` and `largest` are the spend per
    period on each channel in all `units` together, now and the largest ever seen. The steady spend
    maximises (1 - λ) · mean + λ · mean of the worst fifth of the draws of the outcome, with
    λ = `caution`. No channel moves beyond 0.7 to 1.3 times today's spend, or beyond its largest.
    Another budget than today's is compared with today's shares of it.

    That nothing is distinguishable from today is an answer (`Allocation.distinguishable`).

    Raises ValueError for a caution outside 0 to 1, where a channel's spend today is 0 or more than
    its largest, and for a budget that the bounds cannot hold.
    Source: Rockafellar and Uryasev (2000) for the worst fifth (conditional value at risk).

    >>> one = np.ones((500, 2))
    >>> beta = one * [40.0, 20.0] * np.random.default_rng(1).normal(1, 0.1, (500, 1))
    >>> found = allocate(
    ...     Hill(beta, 100 * one, one, 0 * one), np.array([100.0, 100.0]),
    ...     np.array([200.0, 200.0]), units=1, caution=0.5, budget=200.0
    ... )
    >>> [round(each.value) for each in found.spend], found.distinguishable
    ([130, 70], True)
    """
    if not 0 <= caution <= 1:
        raise ValueError(f"caution lies between 0 and 1, not at {caution}")
    if (today <= 0).any() or (today > largest).any():
        raise ValueError("spend today is above 0 and at most the largest seen")
    low, high = LEAST * today, np.minimum(MOST * today, largest)
    if not low.sum() * (1 - 1e-9) <= budget <= high.sum() * (1 + 1e-9):
        raise ValueError(
            f"a budget of {budget:,.0f} lies outside what the channels may take:"
            f" {low.sum():,.0f} to {high.sum():,.0f}"
        )
    aim = _Aim(draws, units, caution)
    middle, apart = _best_of_each(draws, units, low, high, budget)
    same_shares = today * budget / today.sum()
    starts = (np.clip(same_shares, low, high), middle, apart.mean(axis=0))
    best = max((_climb(aim, start, low, high, budget) for start in starts), key=aim.worth)
    gains = aim.outcomes(best) - aim.outcomes(same_shares)
    worse = gains[gains < 0]
    return Allocation(
        spend=tuple(
            Estimate.of(float(spend), each) for spend, each in zip(best, apart.T, strict=True)
        ),
        gain=Estimate.of(float(gains.mean()), gains),
        probability_better=float((gains > 0).mean()),
        regret=float(-worse.mean()) if len(worse) else 0.0,
    )


@dataclass(frozen=True, eq=False)
class _Aim:
    """What is maximised, and where it rises."""

    draws: Hill
    units: int
    caution: float

    def outcomes(self, spend: Floats) -> Floats:
        """The outcome per period of all units in each draw."""
        return np.asarray(self.units * self.draws.response(spend / self.units).sum(axis=-1))

    def worth(self, spend: Floats) -> float:
        return float(self._weights(found := self.outcomes(spend)) @ found)

    def slope(self, spend: Floats) -> Floats:
        weights = self._weights(self.outcomes(spend))
        return np.asarray(weights @ self.draws.marginal(spend / self.units))

    def _weights(self, outcomes: Floats) -> Floats:
        """What each draw counts; those of the worst fifth count more."""
        count = len(outcomes)
        number = max(1, round(WORST * count))
        weights = np.full(count, (1 - self.caution) / count)
        weights[np.argpartition(outcomes, number - 1)[:number]] += self.caution / number
        return weights


def _climb(aim: _Aim, start: Floats, low: Floats, high: Floats, budget: float) -> Floats:
    """The best spend near a start, with the whole budget spent."""
    unit = max(abs(aim.worth(start)), np.finfo(np.float64).tiny)
    found = minimize(
        lambda share: -aim.worth(share * budget) / unit,
        start / budget,
        jac=lambda share: -aim.slope(share * budget) * budget / unit,
        bounds=list(zip(low / budget, high / budget, strict=True)),
        constraints={"type": "eq", "fun": lambda share: share.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"maxiter": 200, "ftol": 1e-10},
    )
    spend = np.clip(found.x * budget, low, high)
    spent = abs(spend.sum() - budget) <= 1e-6 * budget
    return spend if spent else np.asarray(start)


def _best_of_each(
    draws: Hill, units: int, low: Floats, high: Floats, budget: float
) -> tuple[Floats, Floats]:
    """The best spend by the mean of the curves, and by each of some draws as if it were true.

    In hundredths of what is free to move, exactly: also curves that begin slowly have no local
    maximum in which it would stay.
    """
    step = (budget - low.sum()) / _STEPS
    levels = low + step * np.arange(_STEPS + 1)[:, None]
    each = Hill(*(x[:, None] for x in (draws.beta, draws.kappa, draws.slope, draws.carryover)))
    worth = each.response(levels / units)
    worth[:, levels > high * (1 + 1e-12)] = -np.inf
    some = np.concatenate((worth.mean(axis=0, keepdims=True), worth[:_DRAWS_APART]))
    spend = low + step * _knapsack(some)
    room = high - spend
    left = budget - spend.sum(axis=-1, keepdims=True)
    whole = room.sum(axis=-1, keepdims=True)
    spend += np.where(whole > 0, left * room / np.where(whole > 0, whole, 1.0), 0.0)
    return spend[0], spend[1:]


def _knapsack(worth: Floats) -> NDArray[np.int64]:
    """The level of each channel, [cases, channels], of the largest worth within all steps.

    `worth` is [cases, levels, channels]; level l takes l steps. By dynamic programming.
    """
    cases, levels, channels = worth.shape
    best = np.zeros((cases, levels))
    taken = np.zeros((channels, cases, levels), np.int64)
    for channel in range(channels):
        found = np.full_like(best, -np.inf)
        for level in range(levels):
            tried = best[:, : levels - level] + worth[:, level, channel, None]
            better = tried > found[:, level:]
            found[:, level:][better] = tried[better]
            taken[channel][:, level:][better] = level
        best = found
    chosen = np.zeros((cases, channels), np.int64)
    left = np.full(cases, levels - 1)
    for channel in reversed(range(channels)):
        chosen[:, channel] = taken[channel][np.arange(cases), left]
        left -= chosen[:, channel]
    return chosen
