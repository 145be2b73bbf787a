"""What a plan could know: rates, lags, amounts and what was in flight on the day before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.sql import Query
from metrics.estimators.age_counts import AgeCounts
from metrics.estimators.age_reached import time_to_convert
from metrics.estimators.incidence import Incidence, draw_incidence, incidence
from metrics.estimators.shrinkage import draw_rates
from metrics.funnel.ages import age_steps
from metrics.funnel.counts import age_counts, horizon_days
from metrics.period import Period
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.draws import Draws, draw, exposure
from metrics.plan.past.history import History, history
from metrics.plan.variance.cohorts import cohort_steps, steps_from
from metrics.scope import Scope

Floats = NDArray[np.float64]

DRAWS = 2_000

LATE_UNTIL = 2.0
"""What is open longer than so many times the days that 95% of the converted took is lost."""


@dataclass(frozen=True, slots=True, eq=False)
class StepCurve:
    """One step as the plan knew it: its course, and its rate in each segment with draws of it."""

    curve: Incidence
    rates: Floats
    drawn: Floats
    late_until: float

    def shares(self, ages: NDArray[np.int64], stretch: float) -> tuple[Floats, Floats]:
        """[segments, ages]: what is due to have converted and to be gone at each age.

        Each segment has the step's course, times its own rate; of the rest the same part leaves.
        """
        asked = np.rint(ages / stretch)
        final = self.curve.final
        speed = self.curve.at(asked) / final if final > 0 else np.zeros(len(ages))
        gone = 1 - self.curve.at(asked) - self.curve.open_at(asked)
        others = (1 - self.rates) / (1 - final) if final < 1 else np.ones_like(self.rates)
        return self.rates[:, None] * speed, others[:, None] * gone


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Everything the plan's factors are made of, as far as it could be known before its entries.

    `monthly` [months, segments] are the entries of the past full months.
    """

    until: date
    history: History
    draws: Draws
    steps: tuple[StepCurve, ...]
    monthly: Floats

    @property
    def rates(self) -> Floats:
        """[segments, steps]."""
        return np.stack([step.rates for step in self.steps], axis=1)

    @property
    def size(self) -> float:
        """The mean amount of a won deal; 0 where none has one."""
        return float(self.draws.sizes.amounts.mean()) if self.draws.sizes is not None else 0.0

    def speed(self, ages: Floats, stretch: float) -> Floats:
        """The share of the eventual wins that has come by each age after entry."""
        curve = self.draws.entry.estimate
        if curve.final <= 0:
            return np.zeros(len(ages))
        return np.asarray(curve.at(np.rint(ages / stretch)) / curve.final)


def learned(
    warehouse: Warehouse, scope: Scope, plan: KeptPlan, segments: tuple[str, ...], seed: int = 1
) -> Learned:
    """What did the past tell on the day before the plan's entries?

    Known are the dated facts up to that day, as they are loaded now. Segments lend each other
    strength by integrated shrinkage. What the plan assumed beyond history is not in here. Raises
    MetricError where nothing had been won by then, or a step was made on unknown days too often.
    """
    until = plan.entries_from - timedelta(days=1)
    then = replace(
        scope,
        period=Period(min(scope.period.start, until), until),
        observed_until=until,
        window_days=None,
    )
    known = history(warehouse, then, None, plan.entry)
    ways = steps_from(plan.entry)
    rows = warehouse.query(
        Query(*cohort_steps(then, plan), *age_steps(ways, "cohort", ("segment", "month_on")))
    )
    names = {name: plan.segment_of(name) for name in rows["segment"].unique().to_list()}
    rows = rows.with_columns(pl.col("segment").replace(names))
    rng = np.random.default_rng((seed, 8))
    return Learned(
        until=until,
        history=known,
        draws=draw(known, DRAWS, seed),
        steps=tuple(
            step_curve(rows.filter(pl.col("from_stage") == start.value), segments, rng)
            for start, _ in ways
        ),
        monthly=_monthly(rows.filter(pl.col("from_stage") == plan.entry.value), segments, until),
    )


def step_curve(
    rows: pl.DataFrame, segments: tuple[str, ...], rng: np.random.Generator
) -> StepCurve:
    """A step's course and rates, of rows as `age_steps` makes them for it, with `segment`."""
    horizon = horizon_days(rows)
    pooled = age_counts(rows, horizon)
    curve = incidence(pooled)
    by_segment = [
        age_counts(rows.filter(pl.col("segment") == segment), horizon, part_of=rows)
        for segment in segments
    ]
    ninety_five = time_to_convert(curve, 0.95)
    drawn = _rates(pooled, by_segment, curve, rng)
    # Shrinkage takes what is open for trials of a part; together they have the curve's own rate.
    records = np.array([float(each.entered.sum()) for each in by_segment])
    usual = float(records @ drawn.mean(axis=0))
    if usual > 0:
        drawn = np.minimum(drawn * (curve.final * records.sum() / usual), 1)
    rates = drawn.mean(axis=0)
    late_until = LATE_UNTIL * ninety_five if ninety_five is not None else float(horizon)
    return StepCurve(curve, rates, drawn, max(late_until, 1.0))


def _rates(
    pooled: AgeCounts, by_segment: list[AgeCounts], curve: Incidence, rng: np.random.Generator
) -> Floats:
    """[draws, segments]."""
    if len(by_segment) == 1:
        return draw_incidence(pooled, DRAWS, rng).final[:, None].astype(np.float64)
    won = [float(each.converted.sum()) for each in by_segment]
    return draw_rates(won, [exposure(each, curve) for each in by_segment], DRAWS, rng)


def _monthly(rows: pl.DataFrame, segments: tuple[str, ...], until: date) -> Floats:
    """[months, segments]: entries of the full months, without the one in which the data begins."""
    counted = rows.group_by("month_on", "segment").agg(pl.col("records").sum())
    months = sorted(set(counted["month_on"]))[1:]
    whole = [
        month
        for month in months
        if (month + timedelta(days=31)).replace(day=1) <= until + timedelta(days=1)
    ]
    table = np.zeros((len(whole), len(segments)))
    for month, segment, records in counted.iter_rows():
        if month in whole and segment in segments:
            table[whole.index(month), segments.index(segment)] += records
    return table
