"""Ceilings and a budget: the most that can be reached within them, and what binds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.draws import Draws
from metrics.plan.turns import Turn

BINDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Limited:
    """The best use of what is allowed.

    `entries` [months, segments] bring the most expected wins in time, `cost` what they cost.
    `reachable` is the largest target they reach as surely as the plan asks, in its unit, and
    `hit_chance` their P(hit) of all windows. `binding` names the limits that are used up.
    """

    entries: NDArray[np.float64]
    cost: float
    reachable: float
    hit_chance: float
    binding: tuple[str, ...]


def limited(
    plan: BackwardPlan,
    draws: Draws,
    ceilings: Mapping[str, float],
    budget: float | None,
    costs: Mapping[str, float],
) -> Limited:
    """What can be reached with so many entries per month of each segment, and this budget?

    A linear programme: the entries by month and segment that bring the most expected wins within
    the target's windows. A month that is cut has its share of a ceiling. Months that are too late
    get none. With a budget, a segment whose cost is not known gets none either, for nothing says
    what it takes. Raises MetricError for an unknown segment, a limit under 0, and where nothing
    limits a segment, so that there is no most.
    """
    _check(plan, ceilings, budget)
    days = np.array([month.days for month in plan.months], dtype=np.float64) / 30.4375
    rates = draws.rates.mean(axis=0)
    in_time = np.where(plan.too_late, 0.0, plan.in_time.sum(axis=0))
    value = in_time[:, None] * rates
    upper = np.stack([days * ceilings.get(name, np.inf) for name in plan.segments], axis=1)
    cost = np.array([costs.get(name, np.nan) for name in plan.segments])
    if budget is not None:
        upper[:, np.isnan(cost)] = 0.0
    cost = np.nan_to_num(cost)
    upper[value <= 0] = 0.0
    if np.isinf(upper[:, cost == 0]).any() or (budget is None and np.isinf(upper).any()):
        free = next(
            name
            for place, name in enumerate(plan.segments)
            if np.isinf(upper[:, place]).any() and (budget is None or cost[place] == 0)
        )
        raise MetricError(
            f"nothing limits {free}: give it a most per month, or a budget and a cost, to see what"
            " can be reached at most"
        )
    entries = _best(value, upper, cost, budget)
    reached = _landing(plan, draws, entries)
    total = np.sort(reached.sum(axis=0))
    amounts = np.array([deadline.amount for deadline in plan.target.deadlines])
    spent = float(entries.sum(axis=0) @ cost)
    binding = [
        name
        for place, name in enumerate(plan.segments)
        if np.isfinite(upper[:, place]).all()
        and upper[:, place].sum() > 0
        and entries[:, place].sum() >= upper[:, place].sum() * (1 - BINDING)
    ]
    if budget is not None and spent >= budget * (1 - BINDING):
        binding.append("budget")
    return Limited(
        entries,
        spent,
        float(total[int(np.floor((1 - plan.target.confidence) * len(total)))]),
        float((reached >= amounts[:, None]).all(axis=0).mean()),
        tuple(binding),
    )


def _check(plan: BackwardPlan, ceilings: Mapping[str, float], budget: float | None) -> None:
    if unknown := sorted(ceilings.keys() - set(plan.segments)):
        raise MetricError(
            f"there is no segment {unknown[0]!r}; there are {', '.join(plan.segments)}"
        )
    if any(each < 0 for each in ceilings.values()) or (budget is not None and budget < 0):
        raise MetricError("a ceiling and a budget are 0 or more")


def _best(
    value: NDArray[np.float64],
    upper: NDArray[np.float64],
    cost: NDArray[np.float64],
    budget: float | None,
) -> NDArray[np.float64]:
    """The entries of most value: HiGHS solves it."""
    from scipy.optimize import linprog  # imported where used: it takes its time

    prices = np.tile(cost, len(value))
    found = linprog(
        -value.ravel(),
        A_ub=prices[None, :] if budget is not None else None,
        b_ub=[budget] if budget is not None else None,
        bounds=[(0, each if np.isfinite(each) else None) for each in upper.ravel()],
        method="highs",
    )
    if found.x is None:
        raise MetricError(f"the limits cannot be kept together: {found.message}")
    entries: NDArray[np.float64] = np.maximum(found.x.reshape(value.shape), 0)
    return entries


def _landing(plan: BackwardPlan, draws: Draws, entries: NDArray[np.float64]) -> NDArray[np.float64]:
    """[windows, draws]: what is reached with these entries by month and segment."""
    rng = np.random.default_rng((plan.seed, 7))
    total = round(float(entries.sum()))
    if total == 0:
        return plan.brought
    mixed = np.maximum(draws.rates @ plan.mix, 1e-12)
    by_month = draws.rates @ entries.T / mixed[:, None]
    found = []
    each_window = zip(plan.brought, plan.win_chances, plan.window_sums, strict=True)
    for place, (known, chances, sums) in enumerate(each_window):
        chance = np.clip((chances * by_month).sum(axis=1) / entries.sum(), 0, 1)
        won = rng.binomial(np.int64(total), chance)
        found.append(known + sums.totals(won, Turn.FORWARD.of(place), rng))
    return np.stack(found)
