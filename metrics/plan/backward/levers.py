"""Levers: what an achievable step in one factor adds to the chance of a target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.schema.frames import DataFrame, pa
from metrics.estimators.shrinkage import draw_rates
from metrics.funnel.counts import Cohorts
from metrics.period import Period
from metrics.plan.backward.plan import BackwardPlan, backward_plan, hit_chance
from metrics.plan.backward.seen import telling_months
from metrics.plan.draws import Draws, exposure
from metrics.plan.in_flight import InFlight
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions
from metrics.plan.volumes import full_months

BEST = 0.75
"""The achievable step: what the best quarter of the past months reached."""

FEWEST_MONTHS = 8
"""Fewer months do not tell a best quarter from the others."""


class Levers(pa.DataFrameModel):
    """One row per lever, the one that adds most first.

    `step` is the factor on what history shows, `hit_chance` P(hit) with it and `added_chance` the
    difference to the plan as it stands. `last_on` is the last day on which the lever still works.
    """

    lever: str
    step: float = pa.Field(gt=0)
    from_value: float = pa.Field(nullable=True)
    to_value: float = pa.Field(nullable=True)
    hit_chance: float = pa.Field(ge=0, le=1)
    added_chance: float
    last_on: pl.Date = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class _Lever:
    name: str
    before: float
    after: float
    changed: Callable[[Assumptions, float], Assumptions]

    @property
    def step(self) -> float:
        return self.after / self.before


def levers(
    history: History,
    draws: Draws,
    brought: InFlight,
    plan: BackwardPlan,
    entries: NDArray[np.float64],
) -> DataFrame[Levers]:
    """What would an achievable step in each factor add, with these entries by month?

    Each step is to the best quarter of the scope's own past months: entries per month, share won,
    and the deal size of quarters. Rates of months are shrunk first, so that a lucky month is no
    step; months that were not followed from their first day, or are young, tell none. A lever
    without enough months is left out. Ten per cent on every factor would say nothing: in a product
    each adds the same. All are run forward on the same draws.
    """
    usual = hit_chance(plan, entries)
    rows = []
    for lever in _found(history, draws):
        changed = lever.changed(plan.assumptions, lever.step)
        other = backward_plan(history, draws, brought, plan.target, changed)
        scale = lever.step if lever.name == ENTRIES else 1.0
        chance = hit_chance(other, entries * scale)
        rows.append(
            {
                "lever": lever.name,
                "step": lever.step,
                "from_value": lever.before,
                "to_value": lever.after,
                "hit_chance": chance,
                "added_chance": chance - usual,
                "last_on": _last(plan),
            }
        )
    schema = {name: column.dtype.type for name, column in Levers.to_schema().columns.items()}
    frame = pl.DataFrame(rows, schema=schema).sort("added_chance", descending=True)
    return Levers.validate(frame, lazy=True)


ENTRIES = "entries per month"

WIN_RATE = "share won"

DEAL_SIZE = "deal size"


def _found(history: History, draws: Draws) -> list[_Lever]:
    found = []
    _, counts = full_months(history)
    recent = counts[-24:].astype(np.float64)
    if len(recent) >= FEWEST_MONTHS and recent[-12:].mean() > 0:
        found.append((ENTRIES, recent[-12:].mean(), np.quantile(recent, BEST), _same))
    rates = month_rates(telling_months(history, draws), draws)
    if len(rates) >= FEWEST_MONTHS:
        found.append((WIN_RATE, rates.mean(), np.quantile(rates, BEST), _win_rate))
    sizes = quarter_sizes(history)
    if len(sizes) >= FEWEST_MONTHS // 2:
        found.append((DEAL_SIZE, np.mean(sizes), np.quantile(sizes, BEST), _deal_size))
    return [
        _Lever(name, float(before), float(after), change)
        for name, before, after, change in found
        if after > before > 0
    ]


def month_rates(cohorts: Cohorts, draws: Draws) -> NDArray[np.float64]:
    """[months]: the share that each past cohort will have won, shrunk towards the others."""
    if not cohorts.months:
        return np.zeros(0)
    won = np.array([float(each.converted.sum()) for each in cohorts.ages])
    trials = np.array([exposure(each, draws.entry.estimate) for each in cohorts.ages])
    rng = np.random.default_rng((draws.seed, 6))
    rates: NDArray[np.float64] = draw_rates(won, trials, 2_000, rng).mean(axis=0)
    return rates


def quarter_sizes(history: History) -> list[float]:
    """The mean won amount of each past quarter with at least five wins, oldest first."""
    by_quarter: dict[tuple[int, int], list[float]] = {}
    won = history.deals.won
    for day, deals, amount in zip(won.days, won.deals, won.amount, strict=True):
        total = by_quarter.setdefault((day.year, (day.month - 1) // 3), [0.0, 0.0])
        total[0] += deals
        total[1] += amount
    return [amount / deals for deals, amount in by_quarter.values() if deals >= 5 and amount > 0]


def _same(assumed: Assumptions, step: float) -> Assumptions:
    return assumed


def _win_rate(assumed: Assumptions, step: float) -> Assumptions:
    return replace(assumed, win_rate=assumed.win_rate * step)


def _deal_size(assumed: Assumptions, step: float) -> Assumptions:
    return replace(assumed, deal_size=assumed.deal_size * step)


def _last(plan: BackwardPlan) -> object:
    month: Period | None = plan.last_useful_month
    return month.end if month else None
