"""The factors of a period's revenue: as planned, and as they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from metrics.period import Period
from metrics.plan.calendar import Grid, in_window
from metrics.plan.target import Assumptions
from metrics.plan.variance.cohorts import Wins
from metrics.plan.variance.learned import Learned
from metrics.plan.variance.maturity import eventual_conversions
from metrics.plan.variance.split import MIX, SIZE, TIMING, VOLUME, Revenue
from metrics.scope import Stage

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Cohorts:
    """The entries of each month and segment, and their fate step by step.

    `entered` is [months, segments], all others [months, segments, steps]. Of the `reached` of a
    step so many have `converted`, `exited` or are `still_open`; `due`, `gone` and `to_come` are
    what the plan expects of as many records at the same ages.
    """

    months: tuple[Period, ...]
    entered: Floats
    reached: Floats
    converted: Floats
    exited: Floats
    due: Floats
    gone: Floats
    to_come: Floats

    @property
    def still_open(self) -> Floats:
        """[months, segments, steps]."""
        return self.reached - self.converted - self.exited

    @property
    def eventual(self) -> Floats:
        """[months, segments, steps]: how many convert in the end, late ones among them."""
        planned_open = np.maximum(self.reached - self.due - self.gone, 0)
        return eventual_conversions(
            self.converted,
            self.still_open,
            self.reached,
            self.due,
            planned_open,
            np.minimum(self.to_come, planned_open),
        )

    @property
    def rates(self) -> Floats:
        """[months, segments, steps]: the eventual rate; NaN where nobody reached the stage."""
        return quotient(self.eventual, self.reached)


def cohorts_of(
    followed: pl.DataFrame,
    months: tuple[Period, ...],
    segments: tuple[str, ...],
    stages: tuple[Stage, ...],
    known: Learned,
    assumed: Assumptions,
) -> Cohorts:
    """The rows of `followed_steps` as arrays, beside what the plan expects at the same ages.

    A record that is open in a step for more than twice the days in which 95% of the converted did
    has gone stale and counts as exited, here and in what the plan expects.
    """
    shape = (len(months), len(segments), len(stages))
    sums = {name: np.zeros(shape) for name in ("reached", "converted", "exited", "due", "gone")}
    planned = expected_rates(known, assumed)
    firsts = {month.start.replace(day=1): place for place, month in enumerate(months)}
    for step, stage in enumerate(stages):
        rows = followed.filter(
            pl.col("from_stage") == stage.value, pl.col("month_on").is_in(list(firsts))
        )
        if rows.is_empty():
            continue
        month = np.array([firsts[each] for each in rows["month_on"]])
        segment = np.array([segments.index(each) for each in rows["segment"]])
        ages = np.maximum(rows["followed_days"].to_numpy(), 0).astype(np.int64)
        records = rows["records"].to_numpy().astype(np.float64)
        converted = rows["converted"].to_numpy().astype(np.float64)
        exited = rows["exited"].to_numpy().astype(np.float64)
        stale = ages > known.steps[step].late_until * assumed.time_to_win
        due, gone = known.steps[step].shares(ages, assumed.time_to_win)
        due, gone = (each[segment, np.arange(len(ages))] * records for each in (due, gone))
        change = np.divide(
            planned[segment, step],
            known.steps[step].rates[segment],
            out=np.ones(len(ages)),
            where=known.steps[step].rates[segment] > 0,
        )
        due = due * change
        exited = np.where(stale, records - converted, exited)
        gone = np.where(stale, records - due, gone)
        for name, values in {
            "reached": records,
            "converted": converted,
            "exited": exited,
            "due": due,
            "gone": gone,
        }.items():
            np.add.at(sums[name][..., step], (month, segment), values)
    to_come = np.maximum(sums["reached"] * planned - sums["due"], 0)
    return Cohorts(months, sums["reached"][..., 0], to_come=to_come, **sums)


def expected_rates(known: Learned, assumed: Assumptions) -> Floats:
    """[segments, steps]: the eventual rates; what is assumed of the share won is the last step's.

    A share of 1 is the most that can be.
    """
    rates = known.rates.copy()
    rates[:, -1] = np.minimum(rates[:, -1] * assumed.win_rate, 1)
    return rates


def planned_revenue(
    planned_entries: Floats,
    months: tuple[Period, ...],
    period: Period,
    known: Learned,
    assumed: Assumptions,
    opening: float,
) -> Revenue:
    """What the plan's revenue is made of: its entries [months, segments], and what it knew.

    `months` are the days on which the entries of each come in. The rates are the same in each
    month, the timing is that of the curve from entry to a win.
    """
    count, segments = planned_entries.shape
    timing = planned_timing(months, period, known, assumed)
    leaves = np.empty((count, segments, known.rates.shape[1] + 4))
    volume = planned_entries.sum(axis=1)
    leaves[..., VOLUME] = volume[:, None]
    leaves[..., MIX] = quotient(planned_entries, volume[:, None])
    leaves[..., 2:TIMING] = expected_rates(known, assumed)
    leaves[..., TIMING] = timing[:, None]
    leaves[..., SIZE] = known.size * assumed.deal_size
    return Revenue(leaves, np.array(opening), np.array(0.0), np.array(0.0))


def planned_timing(
    months: tuple[Period, ...], period: Period, known: Learned, assumed: Assumptions
) -> Floats:
    """[months]: the share of the eventual wins of each month's entries that falls in a period."""
    grid = Grid.of((max(month.end for month in months) - months[0].start).days + period.days)
    speed = known.speed(np.asarray(grid.ages, dtype=np.float64), assumed.time_to_win)
    return np.asarray(np.maximum(speed @ in_window(grid, months, period), 0))


def drawn_timing(
    months: tuple[Period, ...], period: Period, known: Learned, assumed: Assumptions
) -> Floats:
    """[draws, months]: the same of every curve that the plan could not tell from its own."""
    grid = Grid.of((max(month.end for month in months) - months[0].start).days + period.days)
    speed = known.draws.speed(np.rint(grid.ages / assumed.time_to_win).astype(np.int64))
    return np.asarray(np.maximum(speed @ in_window(grid, months, period), 0))


def actual_revenue(
    cohorts: Cohorts, wins: Wins, planned: Revenue, rates: Floats, restated: float
) -> Revenue:
    """What the period's revenue was made of.

    `wins` have `planned_amount` beside `amount`, `rates` are the planned ones of each segment and
    step. The revenue of the cohorts' first wins is exactly the sum of the products of their
    factors; all other revenue, of earlier entries, of deals without a lead and of second deals, is
    the opening's. A leaf has too few wins to tell when they come and what they bring, and by chance
    both would follow its rates: so timing and size are told by all leaves together. The
    timing of each is the planned one times the wins of the period ÷ those that the eventual wins
    would have made of it by plan; a step that nobody has come to yet has its planned rate. What was
    restated is taken out of every amount alike; out of the opening where less than nothing would be
    left.
    """
    deals, planned_amount = (
        float(wins.of_cohorts[name].sum()) for name in ("deals", "planned_amount")
    )
    total = float(wins.all["amount"].sum())
    at_planned = float(wins.all["planned_amount"].sum())
    opening, currency = at_planned - planned_amount, total - at_planned
    kept = 1 - restated / total if total else -1.0
    if kept < 0:
        kept, opening = 1.0, opening - restated
    volume = cohorts.entered.sum(axis=1)
    known = np.where(np.isnan(cohorts.rates), rates, cohorts.rates)
    eventual = cohorts.entered * known.prod(axis=-1)
    leaves = np.empty((*cohorts.entered.shape, rates.shape[-1] + 4))
    leaves[..., VOLUME] = volume[:, None]
    leaves[..., MIX] = quotient(cohorts.entered, volume[:, None])
    leaves[..., 2:TIMING] = cohorts.rates
    leaves[..., TIMING] = timing_of(np.array(deals), eventual, planned.leaves[..., TIMING])
    leaves[..., SIZE] = planned_amount / deals * kept if deals else np.nan
    return Revenue(leaves, np.array(opening * kept), np.array(currency * kept), np.array(restated))


def timing_of(deals: Floats, eventual: Floats, planned: Floats) -> Floats:
    """[..., months, segments]: the share of the eventual wins that fell in the period.

    `deals` [...] are the wins of the period, `eventual` those of each leaf in the end. Where none
    was to fall in the period by plan, every leaf has the same share. NaN without eventual wins.

    >>> timing_of(np.array(3.0), np.array([[4.0], [4.0]]), np.array([[0.5], [0.25]])).ravel()
    array([0.5 , 0.25])
    """
    in_time = (eventual * planned).sum(axis=(-2, -1))
    usual = np.where((in_time > 0)[..., None, None], planned, 1.0)
    made = (eventual * usual).sum(axis=(-2, -1))
    return np.asarray(usual * quotient(deals, made)[..., None, None])


def quotient(part: Floats, whole: Floats) -> Floats:
    """NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(part, whole)
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
    return found


def entry_days(month: Period, entries_from: date, seen: date) -> Period:
    """The days of a month on which its entries could have come so far."""
    start = max(month.start, entries_from)
    return Period(start, max(start, min(month.end, seen)))
