"""Our forecast of each quarter beside the other numbers that a room has for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.schema.frames import DataFrame, pa
from metrics.forecast.baselines import ByRevenue, TooEarlyError, point_by_revenue
from metrics.forecast.landing import Landing
from metrics.forecast.planned import PlannedQuarter
from metrics.forecast.quarters import quarters_over
from metrics.forecast.rows import framed
from metrics.period import Period
from metrics.plan.draws import Draws
from metrics.plan.past.history import History

OURS = "ours"
"""The view that this forecast is."""

RUN_RATE_DAYS = 91
"""A run rate is of so many days: as many as a quarter has."""


class Triangulation(pa.DataFrameModel):
    """One row per quarter and view, this quarter and ours first.

    `revenue` is where the quarter lands by that view, won so far included, in the base currency;
    ours is the median, with its percentiles. Null where it cannot be told, and `reason` says why.
    `made_of` says in one line how the number is made.
    """

    quarter_on: pl.Date
    quarter_end_on: pl.Date
    view: str
    revenue: float = pa.Field(nullable=True)
    revenue_p10: float = pa.Field(nullable=True)
    revenue_p90: float = pa.Field(nullable=True)
    made_of: str
    reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class _UntoldError(Exception):
    """Why a view has no number."""

    reason: str


def triangulation(
    history: History,
    draws: Draws,
    landed: Landing,
    due: pl.DataFrame,
    planned: Sequence[PlannedQuarter | None],
) -> DataFrame[Triangulation]:
    """What do other views say of this quarter and the next three?

    Ours, the pipeline weighted by age, the run rate, last year times growth, the CRM's own
    probabilities, what sellers expect to close, and the newest locked plan. All but the plan are
    landings: they have what is won so far. `due` are the rows of `due_deals`, and `planned` what a
    plan wants of each quarter of the landing.
    """
    rows: list[dict[str, object]] = []
    for place, quarter in enumerate(landed.quarters):
        of_quarter = {"quarter_on": quarter.start, "quarter_end_on": quarter.end}
        expected = due.filter(pl.col("quarter_on") == quarter.start)
        views = _views(history, draws, place, quarter, expected, planned[place])
        rows += [
            of_quarter | row for row in (_ours(landed, place), *(_row(*each) for each in views))
        ]
    return framed(Triangulation, rows)


_View = tuple[str, Callable[[], float], str]
"""What a view is called, its number, and how that is made."""


def _views(
    history: History,
    draws: Draws,
    place: int,
    quarter: Period,
    due: pl.DataFrame,
    planned: PlannedQuarter | None,
) -> list[_View]:
    """The views of the quarter at a place of the landing, without ours."""
    _, won = history.deals.won.within(quarter)
    return [
        (
            "weighted pipeline",
            lambda: won + _weighted(history, draws, quarter),
            "Won so far, and open deals: amount × chance to win in the quarter at their age."
            " Nothing for leads and deals still to come.",
        ),
        (
            "run rate",
            lambda: won + _run_rate(history, quarter),
            f"Won so far, and for each day left what a day of the last {RUN_RATE_DAYS} won.",
        ),
        (
            "last year × growth",
            lambda: _grown(history, place),
            "The same quarter of last year × the growth of the last quarters over those a year"
            " before them.",
        ),
        (
            "CRM probability",
            lambda: won + _told(due, "weighted_amount", "probability"),
            "Won so far, and open deals expected to close in the quarter: amount × the CRM's"
            " probability.",
        ),
        (
            "commit of sellers",
            lambda: won + _told(due, "amount", "amount"),
            "Won so far, and the amounts of all open deals expected to close in the quarter.",
        ),
        (
            "plan",
            lambda: _planned(planned),
            f"{planned.plan}, locked." if planned else "The newest locked plan of the quarter.",
        ),
    ]


def _ours(landed: Landing, place: int) -> dict[str, object]:
    made_of = (
        "Won so far, open deals and leads by their age, deals without a lead, and leads still to"
        " come: the median of all draws."
    )
    if not landed.has_amounts:
        return {"view": OURS, "made_of": made_of, "reason": "no won deal has an amount"}
    p10, p50, p90 = np.percentile(landed.total_revenue[place], [10, 50, 90])
    return {
        "view": OURS,
        "revenue": float(p50),
        "revenue_p10": float(p10),
        "revenue_p90": float(p90),
        "made_of": made_of,
    }


def _row(view: str, number: Callable[[], float], made_of: str) -> dict[str, object]:
    try:
        return {"view": view, "revenue": number(), "made_of": made_of}
    except (_UntoldError, TooEarlyError) as untold:
        reason = untold.reason if isinstance(untold, _UntoldError) else str(untold)
        return {"view": view, "made_of": made_of, "reason": reason}


def _weighted(history: History, draws: Draws, quarter: Period) -> float:
    """Σ amount × (F(age at the quarter's end) − F(age at its start, or now)) ÷ S(age now)."""
    open_deals, curve = history.deals.open, draws.deals.estimate
    if not open_deals.amount.sum():
        reason = "no open deal has an amount" if open_deals.deals.sum() else "no deal is open"
        raise _UntoldError(reason)
    before = max(0, (quarter.start - history.observed_until).days - 1)
    still_open = curve.open_at(open_deals.age)
    by_end = curve.at(open_deals.age + before + _days_left(history, quarter))
    rest = by_end - curve.at(open_deals.age + before)
    chance = np.divide(rest, still_open, out=np.zeros_like(rest), where=still_open > 0)
    return float((open_deals.deals * open_deals.amount) @ chance.clip(0, 1))


def _run_rate(history: History, quarter: Period) -> float:
    until = history.observed_until
    last = Period(until - timedelta(days=RUN_RATE_DAYS - 1), until)
    opened = history.deals.opened.days
    if not opened or opened[0] > last.start:
        raise _UntoldError(f"the deals go back less than {RUN_RATE_DAYS} days")
    deals, amount = history.deals.won.within(last)
    if deals and not amount:
        raise _UntoldError(f"no deal won in the last {RUN_RATE_DAYS} days has an amount")
    return amount / RUN_RATE_DAYS * _days_left(history, quarter)


def _days_left(history: History, quarter: Period) -> int:
    """The days of a quarter that are still to come."""
    return min(quarter.days, (quarter.end - history.observed_until).days)


def _grown(history: History, place: int) -> float:
    months = won_by_month(history)
    return float(point_by_revenue(ByRevenue.LAST_YEAR_GROWTH, months, place + 1)[place])


def past_quarters(history: History) -> tuple[Period, ...]:
    """The quarters that are over, from the first whole one that deals go back to."""
    opened = history.deals.opened.days
    return quarters_over(opened[0], history.observed_until) if opened else ()


def won_by_month(history: History) -> NDArray[np.float64]:
    """Won revenue of each month of the quarters that are over (`past_quarters`)."""
    months = [month for quarter in past_quarters(history) for month in quarter.parts(1)]
    if not months:
        return np.zeros(0)
    won = history.deals.won
    days = np.array(won.days, dtype="datetime64[D]")
    place = np.searchsorted(np.array([each.end for each in months], dtype="datetime64[D]"), days)
    within = (days >= np.datetime64(months[0].start)) & (place < len(months))
    amounts = np.bincount(place[within], weights=won.amount[within], minlength=len(months))
    return amounts.astype(np.float64)


def _told(due: pl.DataFrame, column: str, missing: str) -> float:
    row = due.row(0, named=True)
    if row[column] is None:
        raise _UntoldError(
            f"none of the open deals expected to close in the quarter has a known {missing}"
            if row["deals"]
            else "no open deal has an expected close in the quarter"
        )
    return float(row[column])


def _planned(planned: PlannedQuarter | None) -> float:
    if planned is None:
        raise _UntoldError("no locked plan of these filters has the whole quarter")
    if planned.currency is None:
        raise _UntoldError(f"{planned.plan} is in deals: {planned.amount:,.0f} in the quarter")
    return planned.amount
