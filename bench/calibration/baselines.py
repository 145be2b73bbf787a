"""The six baselines, chosen beforehand: what a forecast of won revenue has to beat.

They are the product's, asked of what a made-up company has on record on the last day of a quarter.
How sure each is comes from its own errors at earlier quarters, which are dated facts too.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from bench.calibration.observed import open_deals, revenue_by_month, whole_months
from data.sample_company.families.records import DEAL_STAGES, NEVER
from data.sample_company.families.snapshot import Snapshot
from metrics.forecast import baselines as product
from metrics.forecast.back_test import Baseline
from metrics.forecast.baselines import ByRevenue, TooEarlyError, of_quarters, point_by_revenue
from metrics.forecast.by_pipeline import ByPipeline
from metrics.forecast.by_pipeline import stage_win_rates as win_rates

Numbers = NDArray[np.float64]

QUARTERS_OF_FILLING = 2
"""Quarters at the beginning of a life, of which nothing is taken: the pipeline is filling up."""


def predictive(baseline: Baseline, seen: Snapshot, quarters: int, count: int = 999) -> Numbers:
    """What does a baseline say of the won revenue of each of the next quarters?

    Quarters × `count` values in ascending order: equally likely quantiles at (i − ½) ÷ count, none
    below 0, in the base currency. Of two quarters they are no joint draws.
    They lie around the point as `metrics.forecast.baselines.around` places them, by the baseline's
    own errors (`errors`), which also tell how far it is off on average. So a pipeline without the
    deals to come is not held to what it leaves out.

    Raises ValueError unless the snapshot is of the last day of a quarter, and TooEarlyError where
    there are fewer than two earlier quarters to learn from, or nothing was won in a year.
    """
    said, off = point(baseline, seen, quarters), errors(baseline, seen, quarters)
    return product.around(said, level(seen), off, count, baseline.value)


def errors(baseline: Baseline, seen: Snapshot, quarters: int) -> Numbers:
    """By how much was a baseline short at each earlier quarter's end, in terms of the level then?

    Earlier quarter ends × quarters ahead, the earliest first, NaN for quarters that are not over:
    (won − said) ÷ level. Quarter ends that are too early for the baseline are left out.
    """

    def say(over: int) -> Numbers:
        month = int(seen.life.month_starts[3 * (QUARTERS_OF_FILLING + over)])
        day = seen.life.date_of(month) - timedelta(days=1)
        return point(baseline, seen.earlier(day), quarters)

    return product.errors(say, of_quarters(_months(seen)), quarters)


def level(seen: Snapshot) -> float:
    """Revenue of a quarter on average over the last year, or over as much of it as is known.

    Raises TooEarlyError where nothing was won.
    """
    return product.level(of_quarters(_months(seen)))


def point(baseline: Baseline, seen: Snapshot, quarters: int) -> Numbers:
    """How much does a baseline say that each of the next quarters wins, as it is?

    Raises ValueError unless the snapshot is of the last day of a quarter, and TooEarlyError where
    what is on record does not go back far enough.
    """
    months = _months(seen)
    match baseline:
        case ByRevenue():
            return point_by_revenue(baseline, months, quarters)
        case ByPipeline.CRM_PROBABILITY:
            return _due(seen, open_deals(seen).probability, quarters)
        case ByPipeline.STAGE_WEIGHTED:
            return _due(seen, stage_win_rates(seen)[open_deals(seen).stage], quarters)


def stage_win_rates(seen: Snapshot) -> Numbers:
    """Share of the closed deals that came to each of the sellers' stages which was won."""
    closed = ~seen.is_open
    came = seen.records.deals.stage_entered < NEVER
    won = (came & (closed & seen.is_won)[:, None]).sum(axis=0)
    rates = win_rates(won, (came & closed[:, None]).sum(axis=0))
    assert len(rates) == len(DEAL_STAGES)
    return rates


def _months(seen: Snapshot) -> Numbers:
    """Revenue of each month of the quarters that are over, without those of filling up."""
    months = whole_months(seen)
    if months % 3 or seen.life.month_starts[months] != seen.day + 1:
        raise ValueError(f"{seen.life.date_of(seen.day)} is not the last day of a quarter")
    found = revenue_by_month(seen)[3 * QUARTERS_OF_FILLING :].astype(np.float64)
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
