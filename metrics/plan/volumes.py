"""How entries spread over months and segments, as assumed or as the past did."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from data.errors import MetricError
from metrics.period import Period
from metrics.plan.calendar import profile
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions

MONTHS_OF_A_YEAR = 12

USUAL_GROWTH = 0.2
"""How far the logarithm of a year's growth usually lies from 0."""


def month_shares(
    history: History, months: tuple[Period, ...], assumed: Assumptions
) -> NDArray[np.float64]:
    """[months]: how the entries spread; as assumed, else as the past did."""
    if assumed.weights:
        if len(assumed.weights) != len(months):
            raise MetricError(
                f"the plan has {len(months)} months, {months[0].describe()} to"
                f" {months[-1].describe()}, but {len(assumed.weights)} are given: leave none out"
            )
        weights = np.array(assumed.weights)
        shares: NDArray[np.float64] = weights / weights.sum()
        return shares
    past, counts = full_months(history)
    return profile(months, [month.start for month in past], counts)


def full_months(history: History) -> tuple[list[Period], NDArray[np.int64]]:
    """The past months that the data covers whole, and the entries of each."""
    entered = history.entries.counts[history.entry].sum(axis=1)
    found = []
    for first, count in zip(history.entries.months, entered, strict=True):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if last <= history.observed_until:
            found.append((Period(first, last), int(count)))
    # The month in which the data begins may be partial.
    found = found[1:]
    return [month for month, _ in found], np.array([count for _, count in found], dtype=np.int64)


def entries_per_month(history: History) -> float:
    """The mean entries of the last twelve full months; of all days where there is none."""
    _, counts = full_months(history)
    if counts.size:
        return float(counts[-12:].mean())
    first = min(history.entries.months)
    days = (history.observed_until - first).days + 1
    return float(history.entries.counts[history.entry].sum() / days * 30.4375)


def best_month(history: History) -> float:
    """The most entries that any past month had, of those that the data covers whole."""
    _, counts = full_months(history)
    return float(counts.max()) if counts.size else entries_per_month(history)


def year_growth(history: History, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """[draws]: how many times as many may enter in the next year as in the last one.

    The mean log ratio of the last twelve full months to those a year before, as sure as the twelve
    ratios agree, and drawn towards no growth (normal, with `USUAL_GROWTH` beforehand). Without two
    full years, no growth.
    """
    _, counts = full_months(history)
    if len(counts) < 2 * MONTHS_OF_A_YEAR:
        return np.ones(draws)
    before, after = counts[-24:-12] + 0.5, counts[-12:] + 0.5
    ratios = np.log(after / before)
    squared_error = ratios.var(ddof=1) / MONTHS_OF_A_YEAR
    weight = USUAL_GROWTH**2 / (USUAL_GROWTH**2 + squared_error)
    growth: NDArray[np.float64] = np.exp(
        weight * ratios.mean() + np.sqrt(weight * squared_error) * rng.standard_normal(draws)
    )
    return growth


def segment_mix(history: History, assumed: Assumptions) -> NDArray[np.float64]:
    """[segments]: the share of entries by segment; as assumed, else of the last twelve months."""
    if assumed.mix:
        given = dict(assumed.mix)
        if unknown := sorted(given.keys() - set(history.segments)):
            raise MetricError(
                f"there is no segment {unknown[0]!r}; there are {', '.join(history.segments)}"
            )
        return np.array([given.get(segment, 0.0) for segment in history.segments])
    entered = history.entries.counts[history.entry][-12:].sum(axis=0).astype(np.float64)
    if entered.sum() == 0:
        entered = history.entries.counts[history.entry].sum(axis=0).astype(np.float64)
    shares: NDArray[np.float64] = entered / entered.sum()
    return shares
