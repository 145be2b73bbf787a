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
from metrics.plan.versus_actual.cohorts import Wins
from metrics.plan.versus_actual.learned import Learned
from metrics.plan.versus_actual.maturity import eventual_conversions
from metrics.plan.versus_actual.split import Revenue
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
        return eventual_conversions(
            self.converted, self.exited, self.still_open, self.due, self.gone, self.to_come
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

    A record that is open in a step for more than twice the days in which 95 % of the converted did
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
    grid = Grid.of((max(month.end for month in months) - months[0].start).days + period.days)
    speed = known.speed(np.asarray(grid.ages, dtype=np.float64), assumed.time_to_win)
    timing = speed @ in_window(grid, months, period)
    leaves = np.empty((count, segments, known.rates.shape[1] + 5))
    volume = planned_entries.sum(axis=1)
    leaves[..., 0] = volume[:, None]
    leaves[..., 1] = quotient(planned_entries, volume[:, None])
    leaves[..., 2:-3] = expected_rates(known, assumed)
    leaves[..., -3] = np.maximum(timing, 0)[:, None]
    leaves[..., -2] = known.size * assumed.deal_size
    leaves[..., -1] = 1.0
    return Revenue(leaves, np.array([opening, 1.0]), np.array(0.0))


def actual_revenue(
    cohorts: Cohorts,
    wins: Wins,
    segments: tuple[str, ...],
    planned_rates: Floats,
    restated: float,
) -> Revenue:
    """What the period's revenue was made of.

    `wins` have `planned_amount` beside `amount`. The revenue of the cohorts' first wins is exactly
    the product of their factors; all other revenue, of earlier entries, of deals without a lead and
    of second deals, is the opening's. The timing is the period's wins ÷ the eventual ones, with the
    planned rate of a step that nobody has come to yet. What was restated is taken out of every
    amount alike; out of the opening where less than nothing would be left.
    """
    shape = cohorts.entered.shape
    deals, amount, planned_amount = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    firsts = {month.start.replace(day=1): place for place, month in enumerate(cohorts.months)}
    columns = ("month_on", "segment", "deals", "amount", "planned_amount")
    for month_on, segment, won, value, planned in wins.of_cohorts.select(columns).iter_rows():
        if month_on in firsts:
            place = firsts[month_on], segments.index(segment)
            deals[place] += won
            amount[place] += value
            planned_amount[place] += planned
    total = float(wins.all["amount"].sum())
    opened = total - float(amount.sum())
    opened_planned = float(wins.all["planned_amount"].sum()) - float(planned_amount.sum())
    opening = np.array([opened_planned, opened / opened_planned if opened_planned else 1.0])
    kept = 1 - restated / total if total else -1.0
    if kept >= 0:
        opening[0] *= kept
    else:
        kept, opening = 1.0, np.array([opened - restated, 1.0])
    rates = np.where(np.isnan(cohorts.rates), planned_rates, cohorts.rates)
    volume = cohorts.entered.sum(axis=1)
    leaves = np.empty((*shape, rates.shape[-1] + 5))
    leaves[..., 0] = volume[:, None]
    leaves[..., 1] = quotient(cohorts.entered, volume[:, None])
    leaves[..., 2:-3] = cohorts.rates
    leaves[..., -3] = quotient(deals, cohorts.entered * rates.prod(axis=-1))
    leaves[..., -2] = quotient(planned_amount, deals) * kept
    leaves[..., -1] = quotient(amount, planned_amount)
    return Revenue(leaves, opening, np.array(restated))


def quotient(part: Floats, whole: Floats) -> Floats:
    """NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(part, whole)
    found: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)
    return found


def entry_days(month: Period, entries_from: date, seen: date) -> Period:
    """The days of a month on which its entries could have come so far."""
    start = max(month.start, entries_from)
    return Period(start, max(start, min(month.end, seen)))
