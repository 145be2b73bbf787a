"""How volumes are planned without first passage: by dividing a target by rates."""

from __future__ import annotations

from enum import Enum

import numpy as np

from metrics.estimators.deal_sums import DealSums
from metrics.estimators.first_passage import answer
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.draws import Draws, exposure
from metrics.plan.past.history import History
from metrics.plan.turns import Turn


class Division(Enum):
    """A way to divide a target, and what it leaves out."""

    PLAIN = "target ÷ mean deal ÷ mean rate"
    """Neither what is in flight nor what comes too late is known."""
    MEAN_RATES = "division by mean rates"
    """What is left after what is in flight, by the mean deal and the mean rate in time."""
    DRAWN_RATES = "quantile of division by drawn rates"
    """The same with each draw's own rate and mean deal; then the quantile."""


def divided(
    way: Division, history: History, draws: Draws, plan: BackwardPlan, confidence: float
) -> float:
    """How many entries does a plan with one window need, by division? Whole and 0 or more.

    `confidence` matters to the drawn rates alone. Infinite where the rate is 0.
    """
    amount = plan.target.deadlines[0].amount
    if way is Division.PLAIN:
        curve = draws.entry.estimate
        trials = sum(exposure(each, curve) for each in history.to_won)
        return _ratio(amount, plan.sums.expected * history.wins / trials)
    shares = plan.entries / plan.entries.sum() if plan.volume else np.ones(len(plan.months))
    q = np.clip(plan.win_chances[0] @ (shares / shares.sum()), 0, 1).astype(np.float64)
    if way is Division.MEAN_RATES:
        missing = amount - plan.brought[0].mean()
        return _ratio(missing, plan.sums.expected * q.mean())
    missing = amount - plan.brought[0]
    bring = q * _drawn_means(plan.sums, len(q), plan.seed)
    needed = np.divide(missing, bring, out=np.full(len(q), np.inf), where=bring > 0)
    return float(np.ceil(max(answer(needed, confidence), 0.0)))


def _ratio(missing: float, each: float) -> float:
    return float(np.ceil(max(missing, 0.0) / each)) if each > 0 else np.inf


def _drawn_means(sums: DealSums, draws: int, seed: int) -> np.ndarray:
    """The mean of many deals of each draw's weighting."""
    many = 100_000
    rng = np.random.default_rng((seed, 8))
    return sums.totals(np.full(draws, many, dtype=np.int64), Turn.WANTED, rng) / many
