"""The six baselines, chosen beforehand: what a forecast of won revenue has to beat.

Each says how much the next quarters win, from what is on record on the last day of a quarter, and
how sure that is, from its own errors at earlier quarters, which are dated facts too.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from bench.calibration.ets import auto_ets
from bench.calibration.observed import (
    open_deals,
    revenue_by_month,
    revenue_by_quarter,
    whole_months,
)
from data.sample_company.families.records import DEAL_STAGES, NEVER
from data.sample_company.families.snapshot import Snapshot
from metrics.forecast.baselines import ByRevenue, TooEarlyError, around, point_by_revenue
from metrics.forecast.baselines import level as level_of

Numbers = NDArray[np.float64]

QUARTERS_OF_FILLING = 2
"""Quarters at the beginning of a life, of which nothing is taken: the pipeline is filling up."""


class Baseline(Enum):
    """How a team without a model says what the next quarters win."""

    SEASONAL_NAIVE = "seasonal naive"
    """As much as the same quarter of last year."""
    LAST_YEAR_GROWTH = "last year × growth"
    """The same quarter of last year, times the growth of the last year over the one before."""
    RUN_RATE = "run rate"
    """As much as the last quarter."""
    CRM_PROBABILITY = "CRM probability"
    """Open deals expected to close in the quarter, amounts times what sellers say of winning."""
    STAGE_WEIGHTED = "stage-weighted pipeline"
    """The same, times the share of closed deals won that had come to the deal's stage."""
    AUTO_ETS = "AutoETS"
    """Exponential smoothing of won revenue by month, its form chosen by AICc."""


def predictive(baseline: Baseline, seen: Snapshot, quarters: int, count: int = 999) -> Numbers:
    """What does a baseline say of the won revenue of each of the next quarters?

    Quarters × `count` values in ascending order: equally likely quantiles at (i − ½) ÷ count, none
    below 0, in the base currency. Of two quarters they are no joint draws.
    They lie around the point as `around` places them, by the baseline's own errors (`errors`),
    which also tell how far it is off on average. So a pipeline without the deals to come is not
    held to what it leaves out.

    Raises ValueError unless the snapshot is of the last day of a quarter, and TooEarlyError where
    there are fewer than two earlier quarters to learn from, or nothing was won in a year.
    """
    said, off = point(baseline, seen, quarters), errors(baseline, seen, quarters)
    return around(said, level(seen), off, count, baseline.value)


def errors(baseline: Baseline, seen: Snapshot, quarters: int) -> Numbers:
    """By how much was a baseline short at each earlier quarter's end, in terms of the level then?

    Earlier quarter ends × quarters ahead, the earliest first, NaN for quarters that are not over:
    (won − said) ÷ level. Quarter ends that are too early for the baseline are left out.
    """
    won = revenue_by_quarter(seen)
    rows = []
    for end in range(QUARTERS_OF_FILLING + 1, len(won)):
        day = seen.life.date_of(int(seen.life.month_starts[3 * end])) - timedelta(days=1)
        earlier = seen.earlier(day)
        try:
            said, scale = point(baseline, earlier, quarters), level(earlier)
        except TooEarlyError:
            continue
        came = np.full(quarters, np.nan)
        known = won[end : end + quarters]
        came[: len(known)] = known
        rows.append((came - said) / scale)
    return np.array(rows).reshape(len(rows), quarters)


def level(seen: Snapshot) -> float:
    """Revenue of a quarter on average over the last year, or over as much of it as is known.

    Raises TooEarlyError where nothing was won.
    """
    return level_of(_quarters(seen))


def point(baseline: Baseline, seen: Snapshot, quarters: int) -> Numbers:
    """How much does a baseline say that each of the next quarters wins, as it is?

    Raises ValueError unless the snapshot is of the last day of a quarter, and TooEarlyError where
    what is on record does not go back far enough.
    """
    match baseline:
        case Baseline.SEASONAL_NAIVE | Baseline.LAST_YEAR_GROWTH | Baseline.RUN_RATE:
            return point_by_revenue(ByRevenue(baseline.value), _quarters(seen), quarters)
        case Baseline.CRM_PROBABILITY:
            _quarters(seen)
            return _due(seen, open_deals(seen).probability, quarters)
        case Baseline.STAGE_WEIGHTED:
            _quarters(seen)
            return _due(seen, stage_win_rates(seen)[open_deals(seen).stage], quarters)
        case Baseline.AUTO_ETS:
            _quarters(seen)
            return _smoothed(seen, quarters)


def stage_win_rates(seen: Snapshot) -> Numbers:
    """Share of the closed deals that came to each of the sellers' stages which was won.

    One win and one loss are added to each, so that a stage in which nothing has closed has a rate.
    """
    closed = ~seen.is_open
    came = seen.records.deals.stage_entered < NEVER
    won = (came & (closed & seen.is_won)[:, None]).sum(axis=0)
    rates: Numbers = (won + 1) / ((came & closed[:, None]).sum(axis=0) + 2)
    assert len(rates) == len(DEAL_STAGES)
    return rates


def _quarters(seen: Snapshot) -> Numbers:
    """Revenue of each quarter that is over, without those of filling up."""
    months = whole_months(seen)
    if months % 3 or seen.life.month_starts[months] != seen.day + 1:
        raise ValueError(f"{seen.life.date_of(seen.day)} is not the last day of a quarter")
    found = revenue_by_quarter(seen)[QUARTERS_OF_FILLING:].astype(np.float64)
    if not len(found):
        raise TooEarlyError("no quarter is over but those in which the pipeline was filling up")
    return found


def _due(seen: Snapshot, chances: Numbers, quarters: int) -> Numbers:
    """Amounts times chances of the open deals, by the quarter they are due in.

    Deals whose expected close has passed are due in none: their sellers have given them up.
    """
    deals, life = open_deals(seen), seen.life
    ends = [seen.day]
    for _ in range(quarters):
        ends.append(int(life.quarter_end(np.array([ends[-1] + 1]))[0]))
    due = np.searchsorted(np.array(ends) - seen.day, deals.closes_in)
    sums = np.bincount(due, weights=deals.amount * chances, minlength=quarters + 2)
    return sums[1 : quarters + 1].astype(np.float64)


def _smoothed(seen: Snapshot, quarters: int) -> Numbers:
    months = revenue_by_month(seen)[3 * QUARTERS_OF_FILLING :].astype(np.float64)
    if len(months) < 6:
        raise TooEarlyError(f"{len(months)} months are too few to smooth")
    by_quarter: Numbers = auto_ets(months, 3 * quarters).forecast.reshape(-1, 3).sum(axis=1)
    return by_quarter
