"""Deals, as plans need them: how soon they are won, what they bring, and what is open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.log_slope import LogGroups
from metrics.funnel.ages import ALWAYS
from metrics.funnel.counts import Cohorts, age_counts, cohorts, horizon_days
from metrics.period import Period
from metrics.plan.past.deal_steps import (
    AMOUNTS,
    AT_CLOSE,
    BANDS,
    DAYS,
    LOGS,
    OPEN,
    STALE,
    UNDATED,
    ages_step,
    followed_steps,
)
from metrics.scope import Scope

DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class OpenDeals:
    """Open deals that are not stale, by amount band, age and amount: how many, and the amount each.

    `is_first` is whether the amount is still the one that the deal began with.
    """

    band: NDArray[np.int64]
    age: NDArray[np.int64]
    deals: NDArray[np.int64]
    amount: NDArray[np.float64]
    is_first: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> OpenDeals:
        """The deals of the rows of `OPEN`."""
        return cls(
            rows["band"].to_numpy().astype(np.int64),
            rows["age_days"].to_numpy().astype(np.int64),
            rows["deals"].to_numpy().astype(np.int64),
            rows["amount"].cast(pl.Float64).to_numpy(),
            rows["is_first"].cast(pl.Boolean).to_numpy(),
        )


@dataclass(frozen=True, slots=True)
class AtClose:
    """Amounts at close ÷ amounts at first, to two digits, and how many won deals have each."""

    ratios: NDArray[np.float64]
    deals: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ByDay:
    """Deals and their amounts by day, in order of days."""

    days: tuple[date, ...]
    deals: NDArray[np.int64]
    amount: NDArray[np.float64]

    @classmethod
    def of(cls, rows: pl.DataFrame) -> ByDay:
        """The deals of rows of `DAYS`, those of one day together."""
        added = rows.group_by("event_on").agg(pl.col("deals", "amount").sum()).sort("event_on")
        return cls(
            tuple(added["event_on"].to_list()),
            added["deals"].to_numpy().astype(np.int64),
            added["amount"].to_numpy().astype(np.float64),
        )

    def within(self, period: Period) -> tuple[int, float]:
        """How many, and their amount, on the days of a period."""
        chosen = np.array([period.start <= day <= period.end for day in self.days], dtype=bool)
        return int(self.deals[chosen].sum()), float(self.amount[chosen].sum())

    def whole_months(self, until: date) -> list[Period]:
        """The months up to a day that are over, without the one in which the data begins.

        That one may be partial.
        """
        if not self.days:
            return []
        months = Period(min(self.days), until).parts(1)
        return [each for each in months[1:] if (each.end + timedelta(days=1)).day == 1]


@dataclass(frozen=True, slots=True)
class Deals:
    """The deals of a scope, as arrays.

    `ages` follows every deal opened in the period to its closing, `bands` the same by amount band.
    `won_amounts` and `won_deals` list the amounts of won deals, rounded to three digits, and how
    often each was won, `at_close` how far they had moved since the deal began. `opened` and `won`
    have the deals of each day, `without_lead` those opened that name no lead. `paces` are the
    amounts of won deals by the logarithm of the days each took, plus 1; `prices` the amounts with
    which deals began by the month of opening, in years before the last day observed.
    `stale_deals`, worth `stale_amount`, are open but count as left; `undated_deals` lack a day and
    cannot be followed.
    """

    ages: AgeCounts
    bands: tuple[AgeCounts, ...]
    cohorts: Cohorts
    opened: ByDay
    won: ByDay
    without_lead: ByDay
    open: OpenDeals
    won_amounts: NDArray[np.float64]
    won_deals: NDArray[np.int64]
    at_close: AtClose
    paces: LogGroups
    prices: LogGroups
    stale_days: int | None
    stale_deals: int
    stale_amount: float
    undated_deals: int


def deals(warehouse: Warehouse, scope: Scope, told_from: date | None = None) -> Deals:
    """What became of the deals, and which are open?

    A deal is won or lost on the day it was closed. An open deal is stale when it was opened, last
    changed, and last touched through its account longer ago than 95% of the won deals took to
    close; it then counts as left on the day that time was over. Where closings are told only from a
    day on (`told_from`), deals are followed from then on. Amounts are in the base currency.
    Those with which deals began are told from the dated changes of amounts.
    """
    counted = ages_step(told_from or ALWAYS), OPEN, DAYS, AMOUNTS, AT_CLOSE, LOGS, STALE
    ages, open_deals, by_day, amounts, at_close, logs, stale = warehouse.query_each(
        followed_steps(scope), [(step,) for step in counted]
    )
    undated = warehouse.query(Query(scope.step("deal"), UNDATED))
    horizon = horizon_days(ages)
    by_band = [
        age_counts(ages.filter(pl.col("band") == band), horizon) for band in range(len(BANDS))
    ]
    return Deals(
        ages=age_counts(ages, horizon),
        bands=tuple(by_band),
        cohorts=cohorts(ages, horizon),
        opened=ByDay.of(by_day.filter(pl.col("event") == "opened")),
        won=ByDay.of(by_day.filter(pl.col("event") == "won")),
        without_lead=ByDay.of(by_day.filter(pl.col("event") == "opened", ~pl.col("has_lead"))),
        open=OpenDeals.of(open_deals),
        won_amounts=amounts["amount"].cast(pl.Float64).to_numpy(),
        won_deals=amounts["deals"].to_numpy().astype(np.int64),
        at_close=AtClose(
            at_close["ratio"].cast(pl.Float64).to_numpy(),
            at_close["deals"].to_numpy().astype(np.int64),
        ),
        paces=_log_groups(logs.filter(kind="pace"), np.log1p),
        prices=_log_groups(logs.filter(kind="price"), lambda days: -days / DAYS_OF_A_YEAR),
        stale_days=stale.item(0, "stale_days"),
        stale_deals=stale.item(0, "stale_deals"),
        stale_amount=float(stale.item(0, "stale_amount")),
        undated_deals=undated.item(),
    )


def _log_groups(
    rows: pl.DataFrame, place: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> LogGroups:
    """The logarithms of amounts by a number of days, which `place` turns into where they are."""
    return LogGroups(
        place(rows["days"].to_numpy().astype(np.float64)),
        rows["deals"].to_numpy().astype(np.int64),
        rows["total"].to_numpy().astype(np.float64),
        rows["squares"].to_numpy().astype(np.float64),
    )
