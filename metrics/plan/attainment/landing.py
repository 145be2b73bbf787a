"""Draws of what is still to come: wins and their revenue, and entries into a stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metrics.period import Period
from metrics.plan.backward.plan import win_chances
from metrics.plan.calendar import months_ahead
from metrics.plan.draws import Draws
from metrics.plan.in_flight import in_flight
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions
from metrics.plan.turns import Turn
from metrics.plan.volumes import entries_per_month, month_shares, segment_mix
from metrics.plan.worth import worth_to_come

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Won:
    """Draws of won deals and revenue, [windows, draws], of all segments together."""

    deals: Floats
    revenue: Floats | None


def won_landing(history: History, draws: Draws, windows: Sequence[Period]) -> Won:
    """What is won in each window: so far, from what is in flight, and from the usual entries.

    Entries go on as in the last twelve full months; a deal's amount is drawn with its deals.
    Revenue is None where no won deal has an amount.
    """
    known = in_flight(history, draws, windows)
    months = months_ahead(history.observed_until, max(window.end for window in windows))
    usual = Assumptions()
    entries = month_shares(history, months, usual) * (
        entries_per_month(history) * sum(month.days for month in months) / 30.4375
    )
    mix = segment_mix(history, usual)
    chances = win_chances(draws, months, tuple(windows), mix, usual, history)
    rng = np.random.default_rng((draws.seed, 7))
    total = np.int64(round(float(entries.sum())))
    share = entries / entries.sum() if entries.sum() else entries
    new = np.stack([rng.binomial(total, np.clip(chance @ share, 0, 1)) for chance in chances])
    revenue = None
    if draws.sizes is not None:
        worth = worth_to_come(history, draws, history.entry, windows)
        brought = draws.sums.totals(new.T, Turn.FORWARD, rng).T * worth[:, None]
        revenue = known.all_revenue + brought
    return Won((known.all_deals + new).astype(np.float64), revenue)


def usual_rest(
    counts: Sequence[float], weight: float, draws: int, rng: np.random.Generator
) -> Floats:
    """[draws]: how many are still to come, when a month usually has these counts?

    `weight` is the part of a usual month that is still to come. The level is as sure as the counts
    make it, the months vary around it as much as these did beyond chance, and the rest is Poisson.

    >>> rng = np.random.default_rng(1)
    >>> rest = usual_rest([100, 101, 99, 100], 0.5, 20_000, rng)
    >>> round(float(rest.mean())), 6 < float(rest.std()) < 9
    (50, True)
    """
    seen = np.asarray(counts, dtype=np.float64)
    if not seen.size or weight <= 0:
        return np.zeros(draws)
    level = rng.gamma(seen.sum() + 0.5, 1 / len(seen), draws)
    beyond = dispersion(seen)
    if beyond > 0:
        level = level * rng.gamma(1 / beyond, beyond, draws)
    return rng.poisson(level * weight).astype(np.float64)


def dispersion(counts: Floats) -> float:
    """How much months vary beyond chance: the squared coefficient of variation that Poisson lacks.

    By moments, max(0, (s² − m) ÷ m²); 0 for fewer than three months.

    >>> dispersion(np.array([90.0, 100, 110])), round(dispersion(np.array([50.0, 100, 150])), 2)
    (0.0, 0.24)
    """
    if len(counts) < 3 or counts.mean() <= 0:
        return 0.0
    mean = counts.mean()
    return float(max(0.0, (counts.var(ddof=1) - mean) / mean**2))
