"""What history shows of each thing a plan assumes, period by period."""

from __future__ import annotations

from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl

from data.schema.frames import DataFrame, pa
from metrics.plan.draws import Draws, exposure
from metrics.plan.history import History
from metrics.plan.target import Assumptions
from metrics.plan.volumes import full_months

FACTORS = ("win_rate", "time_to_win", "deal_size")

FEWEST = 5
"""A month or quarter with fewer wins or trials worth of leads shows nothing."""

MATURE = 0.5
"""A month of which less than this share has matured shows nothing: its wins are still to come."""


class Seen(pa.DataFrameModel):
    """One row per factor and past period: `win_rate` by month, the others by quarter.

    `win_rate` is the share of the month's entries that will have won, as far as they matured;
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
    for month, counts in zip(history.cohorts.months, history.cohorts.ages, strict=True):
        worth = exposure(counts, curve)
        if worth >= max(FEWEST, MATURE * float(counts.entered.sum())):
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


def _times(history: History, draws: Draws) -> list[tuple[str, date, float, float]]:
    curve = draws.entry.estimate
    if curve.final <= 0:
        return []
    matured = int(curve.age[np.argmax(curve.converted >= 0.9 * curve.final)])
    wins: dict[date, np.ndarray] = {}
    for month, counts in zip(history.cohorts.months, history.cohorts.ages, strict=True):
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        if (history.observed_until - last).days >= matured:
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
