"""Draws of what each quarter wins: what is won, what is open, and what is still to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from metrics.estimators.forecasts.conformal import widened_draws
from metrics.forecast.quarters import quarters_ahead
from metrics.period import Period
from metrics.plan.backward.plan import win_chances
from metrics.plan.calendar import months_ahead, profile
from metrics.plan.draws import Draws
from metrics.plan.in_flight import (
    OPEN_DEALS,
    OTHER_DEALS,
    WON,
    in_flight,
    lead_source,
    wins_in_turn,
)
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions, plural
from metrics.plan.volumes import (
    entries_per_month,
    full_months,
    month_shares,
    segment_mix,
    year_growth,
)
from metrics.scope import Stage

QUARTERS = 4
"""This quarter and the three after it."""

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class Landing:
    """Draws of what each source brings in each quarter: [quarters, draws], deals and revenue.

    One draw is one course of all quarters and sources, so that its sources add up to its total.
    Sources are in the order in which a funnel is read backward: `won so far` first, then what is
    open, last what is still to enter. `usual_entries` is how many enter in a usual month. Revenue
    is in the base currency, and nothing where `has_amounts` is false. Draws of sources stand as
    drawn, those of totals `stretch` times as far from their median, but never below what is won.
    """

    as_of: date
    quarters: tuple[Period, ...]
    deals: dict[str, NDArray[np.int64]]
    revenue: dict[str, NDArray[np.float64]]
    entry: Stage
    usual_entries: float
    has_amounts: bool
    stretch: float = 1.0

    @property
    def total_deals(self) -> NDArray[np.int64]:
        """[quarters, draws]: the deals of all sources."""
        total: NDArray[np.int64] = np.sum(list(self.deals.values()), axis=0)
        return widened_draws(total, self.stretch, self.deals[WON])

    @property
    def total_revenue(self) -> NDArray[np.float64]:
        """[quarters, draws]: the revenue of all sources."""
        total: NDArray[np.float64] = np.sum(list(self.revenue.values()), axis=0)
        return widened_draws(total, self.stretch, self.revenue[WON])

    @property
    def total(self) -> NDArray[np.int64] | NDArray[np.float64]:
        """[quarters, draws]: the revenue of all sources; their deals where nothing has amounts."""
        return self.total_revenue if self.has_amounts else self.total_deals

    def widened(self, factor: float) -> Landing:
        """The same with ranges so many times as wide (`metrics.forecast.widening`)."""
        return replace(self, stretch=self.stretch * factor)


def landing(history: History, draws: Draws, planned: Mapping[date, float] | None = None) -> Landing:
    """Where may this quarter and the next three land?

    Won so far, open deals, open leads, deals that will name no lead, and the leads that still enter
    at the usual volume, or in the months of `planned`, by their first days, as many as it says.
    Every record counts in one source, and wins in one quarter at most. What enters after the data
    ends cannot be in flight, so nothing is counted twice.
    """
    quarters = quarters_ahead(history.observed_until, QUARTERS)
    source = planned_source(history.entry)
    to_come = _wins_to_come(history, draws, quarters, planned or {})
    found = in_flight(history, draws, quarters, {source: to_come})
    known = dict.fromkeys((*_order(source), *found.deals))
    names = [name for name in known if name in found.deals]
    return Landing(
        as_of=history.observed_until,
        quarters=quarters,
        deals={name: found.deals[name] for name in names},
        revenue={name: found.revenue[name] for name in names},
        entry=history.entry,
        usual_entries=entries_per_month(history),
        has_amounts=draws.sizes is not None,
    )


def planned_source(entry: Stage) -> str:
    """What those that are still to enter are called as a source.

    >>> planned_source(Stage.LEAD)
    'leads to come'
    """
    return f"{plural(entry)} to come"


def _order(planned: str) -> tuple[str, ...]:
    stages = list(Stage)[:-1]
    return (WON, OPEN_DEALS, *(lead_source(each) for each in stages[::-1]), OTHER_DEALS, planned)


def _wins_to_come(
    history: History, draws: Draws, quarters: tuple[Period, ...], planned: Mapping[date, float]
) -> NDArray[np.int64]:
    """[quarters, draws]: the wins of those that enter from now on."""
    rng = np.random.default_rng((draws.seed, 5))
    months = months_ahead(history.observed_until, quarters[-1].end)
    assumed = Assumptions()
    mix = segment_mix(history, assumed)
    chances = win_chances(draws, months, quarters, mix, assumed, history)
    entries = entries_to_come(history, months, draws.size, rng)
    for place, month in enumerate(months):
        first = month.start.replace(day=1)
        if first in planned:
            whole = (first + timedelta(days=31)).replace(day=1) - first
            left = planned[first] * month.days / whole.days
            entries[:, place] = np.floor(left + rng.random(draws.size))
    won = np.zeros((len(quarters), draws.size), dtype=np.int64)
    for number, of_month in zip(entries.T, np.moveaxis(chances, 2, 0), strict=True):
        won += wins_in_turn(number, list(of_month.astype(np.float64)), draws.size, rng)
    return won


def entries_to_come(
    history: History, months: tuple[Period, ...], draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """[draws, months]: how many may enter in each month?

    As many as in a usual month, by days and season, grown as the last year did (`year_growth`),
    times how far a past month was off from that:
    one of the last twelve full months at random, whose weights are drawn as well (Bayesian
    bootstrap). So the usual volume is as uncertain as twelve months leave it, and a month varies as
    months did. Without a full month, months vary by chance alone. `months` are within a year.
    """
    year = months_ahead(history.observed_until, _in_a_year(history.observed_until))
    by_season = month_shares(history, year, Assumptions())[: len(months)]
    usual = MONTHS_OF_A_YEAR * entries_per_month(history) * by_season
    past, counts = full_months(history)
    if not counts.sum():
        by_chance: NDArray[np.int64] = rng.poisson(usual, (draws, len(months)))
        return by_chance
    last, came = past[-MONTHS_OF_A_YEAR:], counts[-MONTHS_OF_A_YEAR:]
    expected = came.sum() * profile(last, [month.start for month in past], counts)
    off = np.divide(came, expected, out=np.ones(len(came)), where=expected > 0)
    weights = rng.dirichlet(np.ones(len(off)), draws).cumsum(axis=1)
    chance = rng.random((draws, len(months)))
    picked = (chance[:, :, None] > weights[:, None, :-1]).sum(axis=2)
    growth = year_growth(history, draws, rng)[:, None]
    entered = np.floor(usual * growth * off[picked] + rng.random(chance.shape))
    found: NDArray[np.int64] = entered.astype(np.int64)
    return found


def _in_a_year(day: date) -> date:
    leap = day.month == 2 and day.day == 29
    return day.replace(year=day.year + 1, day=28 if leap else day.day)
