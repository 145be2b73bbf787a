"""The life of entries: how they fare by nature, and all that ever becomes of them, as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from metrics.period import Period
from metrics.scope import Stage

Numbers = NDArray[np.float64]

BEGINS = date(2026, 1, 1)
PAST = Period(date(2023, 7, 1), date(2025, 12, 31)).parts(1)
AHEAD = Period(BEGINS, date(2026, 6, 30)).parts(1)
STAGES = (Stage.LEAD, Stage.MQL, Stage.SQL, Stage.OPPORTUNITY)


@dataclass(frozen=True, slots=True)
class Nature:
    """How entries fare: the mean of a month, and per segment and step a rate and days.

    `days` and `exit_days` are mean days to convert and to leave; `ghosts` the share of those that
    do not convert who are never marked as having left.
    """

    entries: float = 200.0
    mix: tuple[float, ...] = (0.5, 0.3, 0.2)
    rates: tuple[tuple[float, ...], ...] = (
        (0.40, 0.45, 0.55, 0.30),
        (0.30, 0.45, 0.55, 0.30),
        (0.50, 0.50, 0.55, 0.35),
    )
    days: tuple[float, ...] = (10.0, 20.0, 25.0, 45.0)
    exit_days: tuple[float, ...] = (20.0, 30.0, 30.0, 50.0)
    ghosts: float = 0.3
    amount: float = 40_000.0
    sigma: float = 0.8
    opening_deals: float = 12.0
    apart: float = 0.0
    """Squared coefficient of variation of a month's entries beyond chance."""


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """Entries with their days, NaN where a day never comes; `reached` is [records, stages]."""

    segment: NDArray[np.int64]
    reached: Numbers
    left: Numbers
    amount: Numbers


def lived(nature: Nature, months: Sequence[Period], rng: np.random.Generator) -> Records:
    """The entries of these months, and all that ever becomes of them; days count from BEGINS."""
    starts, lengths, counts = [], [], []
    for month in months:
        mean = nature.entries * month.days / 30.4375
        if nature.apart > 0:
            mean *= rng.gamma(1 / nature.apart, nature.apart)
        counts.append(rng.poisson(mean))
        starts.append((month.start - BEGINS).days)
        lengths.append(month.days)
    entered = np.repeat(starts, counts) + np.floor(
        rng.random(sum(counts)) * np.repeat(lengths, counts)
    )
    size = len(entered)
    segment = rng.choice(len(nature.mix), size, p=np.array(nature.mix) / sum(nature.mix))
    reached = np.full((size, len(STAGES) + 1), np.nan)
    reached[:, 0] = entered
    left = np.full(size, np.nan)
    rates = np.array(nature.rates)
    for step in range(len(STAGES)):
        here = ~np.isnan(reached[:, step])
        converts = here & (rng.random(size) < rates[segment, step])
        lag = np.floor(rng.gamma(2.0, nature.days[step] / 2, size))
        reached[converts, step + 1] = reached[converts, step] + lag[converts]
        leaves = here & ~converts & (rng.random(size) >= nature.ghosts)
        gone = np.floor(rng.gamma(2.0, nature.exit_days[step] / 2, size))
        left[leaves] = reached[leaves, step] + gone[leaves]
    amount = nature.amount * np.exp(rng.normal(-(nature.sigma**2) / 2, nature.sigma, size))
    return Records(segment, reached, left, amount)
