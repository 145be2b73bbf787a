"""What history shows of each thing a plan assumes, period by period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl

from data.schema.frames import DataFrame, pa
from metrics.funnel.counts import Cohorts
from metrics.plan.draws import Draws, exposure
from metrics.plan.past.history import History
from metrics.plan.target import Assumptions
from metrics.plan.volumes import full_months

FACTORS = ("win_rate", "time_to_win", "deal_size")

FEWEST = 5
"""A month or quarter with fewer wins or trials worth of leads shows nothing."""

MATURE = 0.5
"""A month of which less than this share has matured shows nothing: its wins are still to come."""

NEARLY_ALL = 0.9
"""Of a month that shows how long wins take: the slowest are the last to come."""


class Seen(pa.DataFrameModel):
    """One row per factor and past period: `win_rate` by month, the others by quarter.

    `win_rate` is the share of the month's entries that will have won, as far as they matured, for
    months that were followed from their first day;
    `time_to_win` the median days from entry to win, of cohorts of which nine in ten wins have come;
    `deal_size` the mean amount of the quarter's wins. `basis` is what it rests on: matured entries,
    or wins.
    """

    factor: str = pa.Field(isin=FACTORS)
    period_on: pl.Date
    value: float = pa.Field(ge=0)
    basis: float = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def seen(history: History, draws: Draws) -> DataFrame[Seen]:
    """What was ever seen of the share won, the time to win, and the deal size?"""
    rows: list[tuple[str, date, float, float]] = []
    curve = draws.entry.estimate
    told = telling_months(history, draws)
    for month, counts in zip(told.months, told.ages, strict=True):
        worth = exposure(counts, curve)
        if worth >= FEWEST:
            won = float(counts.converted.sum())
            rows.append(("win_rate", month, won / worth, worth))
    rows += _times(history, draws)
    by_quarter: dict[date, tuple[float, float]] = {}
    won_deals = history.deals.won
    for day, deals, amount in zip(won_deals.days, won_deals.deals, won_deals.amount, strict=True):
        before = by_quarter.get(_quarter(day), (0.0, 0.0))
        by_quarter[_quarter(day)] = (before[0] + float(deals), before[1] + float(amount))
    rows += [
        ("deal_size", quarter, amount / deals, deals)
        for quarter, (deals, amount) in by_quarter.items()
        if deals >= FEWEST
    ]
    schema = {"factor": pl.String, "period_on": pl.Date, "value": pl.Float64, "basis": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row").sort("factor", "period_on")
    return Seen.validate(frame, lazy=True)


def telling_months(history: History, draws: Draws, matured: float = MATURE) -> Cohorts:
    """The past months whose entries tell a rate and a time of their own.

    Every entry was followed from its first day, and by the age of the month's last day so large a
    share of the eventual wins has usually come. Where outcomes are told only from a day on, the
    older months are those that had not been won or lost by then: beside the curve of all records
    they count in the rates of a plan, but what they show by themselves is late and often won.
    """
    curve = draws.entry.estimate
    if curve.final <= 0:
        return Cohorts((), ())
    found = [
        (month, counts)
        for month, counts in zip(history.cohorts.months, history.cohorts.ages, strict=True)
        if not counts.entered[1:].any()
        and curve.at([max(0, (history.observed_until - _last_day(month)).days)])[0]
        >= matured * curve.final
    ]
    return Cohorts(tuple(month for month, _ in found), tuple(counts for _, counts in found))


def _times(history: History, draws: Draws) -> list[tuple[str, date, float, float]]:
    wins: dict[date, np.ndarray] = {}
    told = telling_months(history, draws, NEARLY_ALL)
    for month, counts in zip(told.months, told.ages, strict=True):
        quarter = _quarter(month)
        wins[quarter] = wins.get(quarter, np.zeros(len(counts.converted))) + counts.converted
    found = []
    for quarter, by_age in wins.items():
        if by_age.sum() >= FEWEST:
            median = float(np.argmax(by_age.cumsum() >= by_age.sum() / 2))
            found.append(("time_to_win", quarter, median, float(by_age.sum())))
    return found


def _quarter(day: date) -> date:
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def outside(frame: pl.DataFrame, assumed: Assumptions) -> dict[str, tuple[float, float, float]]:
    """The factors assumed outside what was ever seen: what is assumed, the least and most seen.

    A factor is assumed as the basis-weighted mean of history times its multiplier.
    """
    found = {}
    for factor in FACTORS:
        rows = frame.filter(factor=factor)
        multiplier: float = getattr(assumed, factor)
        if rows.is_empty() or multiplier == 1:
            continue
        mean = float(np.average(rows["value"].to_numpy(), weights=rows["basis"].to_numpy()))
        low, high = float(rows["value"].min()), float(rows["value"].max())  # type: ignore[arg-type]
        if not low <= mean * multiplier <= high:
            found[factor] = (mean * multiplier, low, high)
    return found


def recent_entries(history: History) -> pl.DataFrame:
    """Entries of each full past month, oldest first: month_on and entries."""
    months, counts = full_months(history)
    return pl.DataFrame(
        {"month_on": [month.start for month in months], "entries": counts},
        schema={"month_on": pl.Date, "entries": pl.Int64},
    )
