"""Are we on plan? Target, actual, pace and landing of each month, segment and metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from metrics.estimators.forecasts.conformal import widened_draws
from metrics.period import Period
from metrics.plan.attainment.counted import counted_by_day
from metrics.plan.attainment.kept_plan import SPEND, KeptPlan
from metrics.plan.attainment.landing import usual_rest, won_landing
from metrics.plan.attainment.pace import Course, full_months_before, month_weights, monthly
from metrics.plan.backward.table import METRICS, REVENUE
from metrics.plan.draws import Draws, draw
from metrics.plan.past.entry_steps import EVERYTHING, OTHERS
from metrics.plan.past.history import History, history
from metrics.plan.segment_draws import by_segment
from metrics.plan.working_days import MONDAY_TO_FRIDAY, WorkingDays
from metrics.scope import Comparison, Scope, Stage, Unit

Floats = NDArray[np.float64]

USUAL_MONTHS = 12
"""What is still to come is drawn like the last so many full months."""

SEASON_MONTHS = 24

WON = (Stage.WON.value, REVENUE)
"""Metrics that are counted by the day a deal is closed."""

WonDraws = dict[tuple[date, str, str], Floats]
"""Draws of what is won, by month, segment and metric."""
Past = tuple[History, Draws]


class PlanVersusActual(pa.DataFrameModel):
    """One row per month of the plan, segment and metric that has a target, in that order.

    `target` is the plan's, `actual` what came from the plan's first day on, `variance` the actual
    less the target, `attainment` actual ÷ target. `pace` is the share of the month that has usually
    come by the last day of the data. A month not begun has no actual, variance or attainment.
    `projected` is the middle of what the month may end at, between `projected_low` and
    `projected_high` (10% and 90%), `hit_chance` the share of the draws that reach the target. All
    four are null for spend, which is not drawn, and for what is won in a segment of which no past
    is known. The segment `all` is the whole.
    """

    month_on: pl.Date
    segment: str
    metric: str = pa.Field(isin=(*METRICS, SPEND))
    target: float = pa.Field(ge=0)
    actual: float = pa.Field(ge=0, nullable=True)
    variance: float = pa.Field(nullable=True)
    attainment: float = pa.Field(ge=0, nullable=True)
    pace: float = pa.Field(ge=0, le=1)
    projected: float = pa.Field(ge=0, nullable=True)
    projected_low: float = pa.Field(nullable=True)
    projected_high: float = pa.Field(nullable=True)
    hit_chance: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, and one row of each kind."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on", "segment", "metric"]


def plan_versus_actual(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    working: WorkingDays = MONDAY_TO_FRIDAY,
    past: Callable[[], Past] | None = None,
    widening: float = 1.0,
) -> DataFrame[PlanVersusActual]:
    """Is each month on plan, and where will it land?

    The scope gives the filters and the viewer; its period says from which past days the landing
    learns, and everything is counted until `observed_until`. Leads count in the segments and by
    the stages of the plan, deals on the day they are won. Where a metric's targets are by segment
    only, their sum is the whole's. `pace` goes by the `working` days; where two years with 200
    entries are known, by how far those months had come by then. What is won lands as the plan
    engine draws it: so far, in flight, and from the usual entries; in a segment from its own, as
    often as its own wins tell (`segment_draws.by_segment`). Entries into a stage go on as in the
    last twelve full months, by season where two years are known. A month that is over has landed.
    Ranges of what is won are `widening` times as wide as drawn, as those of the forecast of its
    quarter are, but never below what is won. `past` gives the scope's history from the plan's
    entry and its draws, where these are known already.

    Raises MetricError where nothing was won that a landing could be learned from, MissingRateError
    where a won deal's amount has no exchange rate.
    """
    asked = everything(scope)
    counted = counted_by_day(warehouse, asked, plan)
    targets = with_totals(plan.targets)
    seen = scope.observed_until
    won = {}
    if plan.months[-1].end > seen:
        won = _won(warehouse, asked, plan, targets, past)
    rng = np.random.default_rng(11)
    rows = []
    for (segment, metric), group in targets.partition_by(
        "segment", "metric", as_dict=True, maintain_order=True
    ).items():
        series = Series.of(counted, segment, metric, plan, seen, working)
        for month_on, target in group.select("month_on", "target").iter_rows():
            month = next(each for each in plan.months if each.start == month_on)
            drawn = series.landing(month, won, rng, widening)
            rows.append(_row(month, segment, metric, target, series, drawn))
    return PlanVersusActual.validate(_framed(rows), lazy=True)


def everything(scope: Scope) -> Scope:
    """The scope as plans take it: leads, each followed as long as the data goes."""
    return replace(scope, unit=Unit.LEAD, comparison=Comparison.NONE, window_days=None)


def with_totals(targets: pl.DataFrame) -> pl.DataFrame:
    """The targets, and for each month and metric one of the whole, as given or summed."""
    whole = targets.filter(pl.col("segment") == EVERYTHING).select("month_on", "metric")
    summed = (
        targets.filter(pl.col("segment") != EVERYTHING)
        .join(whole, on=["month_on", "metric"], how="anti")
        .group_by("month_on", "metric")
        .agg(pl.col("target").sum())
        .with_columns(segment=pl.lit(EVERYTHING))
        .select(targets.columns)
    )
    order = pl.Enum((*METRICS, SPEND))
    return pl.concat([targets, summed]).sort(
        pl.col("metric").cast(order), pl.col("segment") != EVERYTHING, "segment", "month_on"
    )


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The days of one segment and metric, and from which of them on they count."""

    metric: str
    segment: str
    days: pl.DataFrame
    begins_on: date
    seen: date
    course: Course
    draws: int = 5_000

    @classmethod
    def of(
        cls,
        counted: pl.DataFrame,
        segment: str,
        metric: str,
        plan: KeptPlan,
        seen: date,
        working: WorkingDays,
    ) -> Series:
        """Of all that was counted; the course of a month is that of all segments."""
        of_metric = counted.filter(pl.col("metric") == metric)
        whole = of_metric.group_by("day_on").agg(pl.col("value").sum()).sort("day_on")
        return cls(
            metric,
            segment,
            whole if segment == EVERYTHING else of_metric.filter(pl.col("segment") == segment),
            plan.won_from if metric in WON else plan.entries_from,
            seen,
            # Money of a few deals has no course of its own.
            Course(working)
            if metric in (REVENUE, SPEND)
            else Course.learned(whole["day_on"].to_list(), whole["value"].to_list(), seen, working),
        )

    def within(self, month: Period) -> float:
        """What came in the month, from the first day that counts on."""
        start = max(month.start, self.begins_on)
        inside = pl.col("day_on").is_between(start, min(month.end, self.seen))
        return float(self.days.filter(inside)["value"].sum())

    def pace(self, month: Period) -> float:
        """How much of the month's days that count has usually come by now, as a share of one."""
        before = self.course.pace(month, self.begins_on - timedelta(days=1))
        by_now = self.course.pace(month, self.seen)
        return max(0.0, (by_now - before) / (1 - before)) if before < 1 else 1.0

    def landing(
        self, month: Period, won: WonDraws, rng: np.random.Generator, widening: float
    ) -> Floats | None:
        """Draws of what the month ends at; None where it is not drawn."""
        if month.end <= self.seen:
            return np.array([self.within(month)])
        if self.metric == SPEND:
            return None
        if self.metric in WON:
            drawn = won.get((month.start, self.segment, self.metric))
            return None if drawn is None else self._widened(drawn, month, widening)
        past = self._past(SEASON_MONTHS)
        counts = monthly(self.days, past)
        (weight,) = month_weights([month], past, counts)
        to_come = 1 - self.course.pace(month, max(self.seen, self.begins_on - timedelta(days=1)))
        return self.within(month) + usual_rest(
            counts[-USUAL_MONTHS:], weight * to_come, self.draws, rng
        )

    def _widened(self, drawn: Floats, month: Period, widening: float) -> Floats:
        if self.metric == REVENUE:
            return widened_draws(drawn, widening, self.within(month))
        return widened_draws(drawn.astype(np.int64), widening, self.within(month)).astype(float)

    def _past(self, number: int) -> list[Period]:
        """The last full months that the data covers."""
        if self.days.is_empty():
            return []
        first: date = self.days["day_on"].min()  # type: ignore[assignment]
        months = full_months_before(self.seen, number)
        return [month for month in months if month.start >= first.replace(day=1)]


def _won(
    warehouse: Warehouse,
    scope: Scope,
    plan: KeptPlan,
    targets: pl.DataFrame,
    past: Callable[[], Past] | None,
) -> WonDraws:
    """Draws of what is won in each month that is not over, of all and of segments with a target."""
    windows = {
        month.start: Period(max(month.start, plan.won_from), month.end)
        for month in plan.months
        if month.end > scope.observed_until and month.end >= plan.won_from
    }
    parts = {EVERYTHING: past() if past else _past(warehouse, scope, plan)}
    asked = targets.filter(pl.col("metric").is_in(WON), pl.col("segment") != EVERYTHING)
    if plan.by and not asked.is_empty():
        by_dimension = history(warehouse, scope, plan.by, plan.learns_from)
        segments = by_segment(warehouse, scope, plan.by, by_dimension, draw(by_dimension))
        # The rest is the plan's rest only where the plan names what is named now.
        if set(segments) - {OTHERS} != set(plan.segments) - {OTHERS}:
            segments.pop(OTHERS, None)
        parts |= {name: segments[name] for name in set(asked["segment"]) & set(segments)}
    found = {}
    for segment, (known, drawn) in parts.items():
        landed = won_landing(known, drawn, list(windows.values()))
        for place, first in enumerate(windows):
            found[first, segment, Stage.WON.value] = landed.deals[place]
            if landed.revenue is not None:
                found[first, segment, REVENUE] = landed.revenue[place]
    return found


def _past(warehouse: Warehouse, scope: Scope, plan: KeptPlan) -> Past:
    known = history(warehouse, scope, entry=plan.learns_from)
    return known, draw(known)


def _row(
    month: Period,
    segment: str,
    metric: str,
    target: float,
    series: Series,
    drawn: Floats | None,
) -> dict[str, object]:
    begun = max(month.start, series.begins_on) <= series.seen
    actual = series.within(month) if begun else None
    low, middle, high = (
        np.quantile(drawn, [0.1, 0.5, 0.9]).tolist() if drawn is not None else (None,) * 3
    )
    return {
        "month_on": month.start,
        "segment": segment,
        "metric": metric,
        "target": target,
        "actual": actual,
        "variance": None if actual is None else actual - target,
        "attainment": actual / target if actual is not None and target > 0 else None,
        "pace": series.pace(month),
        "projected": middle,
        "projected_low": low,
        "projected_high": high,
        "hit_chance": None if drawn is None else float((drawn >= target * (1 - 1e-12)).mean()),
    }


def _framed(rows: list[dict[str, object]]) -> pl.DataFrame:
    schema = {
        name: column.dtype.type for name, column in PlanVersusActual.to_schema().columns.items()
    }
    order = pl.Enum((*METRICS, SPEND))
    return pl.DataFrame(rows, schema=schema).sort(
        "month_on", pl.col("segment") != EVERYTHING, "segment", pl.col("metric").cast(order)
    )
