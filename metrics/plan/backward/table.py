"""A plan as a table: what each month should bring, by segment and metric."""

from __future__ import annotations

import csv
import io
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import MetricError, did_you_mean
from data.schema.frames import DataFrame, pa
from metrics.plan.backward.arrivals import open_arrivals
from metrics.plan.backward.plan import BackwardPlan
from metrics.plan.backward.required import required_funnel
from metrics.plan.draws import Draws
from metrics.plan.in_flight import InFlight
from metrics.plan.past.entry_steps import EVERYTHING
from metrics.plan.past.history import History
from metrics.plan.target import TargetKind
from metrics.scope import Stage

REVENUE = "revenue"
"""The metric of won revenue; the others are the stages."""

METRICS = (*(stage.value for stage in Stage), REVENUE)


class PlanTable(pa.DataFrameModel):
    """One row per month, segment and metric: a number of entries into a stage, or revenue."""

    month_on: pl.Date
    segment: str
    metric: str = pa.Field(isin=METRICS)
    value: float = pa.Field(ge=0)

    class Config:
        """Exactly these columns, and one row of each kind."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["month_on", "segment", "metric"]


def plan_table(
    plan: BackwardPlan,
    history: History,
    draws: Draws,
    by_month: InFlight,
    months: tuple[date, ...],
    by_segment: Mapping[str, InFlight] | None = None,
) -> DataFrame[PlanTable]:
    """What should each month bring if the plan is to be met?

    Entries by segment follow the mix. Of the stages between entry and win it is what planned
    entries become, the middle of the draws, and what is open now on its way, the mean; where nobody
    tells when it is reached it is not there. Wins and
    revenue of a window add up to its target. `by_month` is what exists brings in each month of the
    target, whose first days are `months`. With `by_segment`, the same of each segment by itself,
    wins and revenue are split between segments as what exists and the planned entries, by mix and
    rates, bring them on average; without it they are of all segments together.
    """
    required = required_funnel(plan, draws)
    coming = open_arrivals(history, plan.months)
    place = {month.start: number for number, month in enumerate(plan.months)}
    rows: list[tuple[date, str, str, float]] = []
    for row in required.filter(pl.col("stage") != Stage.WON.value).iter_rows(named=True):
        month, stage = row["month_on"].replace(day=1), Stage(row["stage"])
        known = coming.get(stage)
        if known is None and stage is not plan.entry:
            continue
        for number, (segment, share) in enumerate(zip(plan.segments, plan.mix, strict=True)):
            on_its_way = 0.0 if known is None else float(known[place[row["month_on"]], number])
            rows.append((month, segment, stage.value, float(row["middle"] * share) + on_its_way))
    won = required.filter(pl.col("stage") == Stage.WON.value)
    planned = dict(zip(won["month_on"].dt.month_start(), won["middle"], strict=True))
    size = plan.sums.expected if plan.target.kind is TargetKind.REVENUE else 0.0
    deals = _scaled(plan, months, by_month.all_deals.mean(axis=1), planned, 1.0, TargetKind.DEALS)
    parts = _Parts(plan, draws, by_segment or {})
    rows += parts.of(deals, Stage.WON.value, planned, 1.0)
    if size:
        revenue = by_month.all_revenue.mean(axis=1)
        scaled = _scaled(plan, months, revenue, planned, size, TargetKind.REVENUE)
        rows += parts.of(scaled, REVENUE, planned, size)
    frame = pl.DataFrame(
        rows,
        schema={
            "month_on": pl.Date,
            "segment": pl.String,
            "metric": pl.String,
            "value": pl.Float64,
        },
        orient="row",
    )
    added = frame.group_by("month_on", "segment", "metric", maintain_order=True).agg(
        pl.col("value").sum()
    )
    return PlanTable.validate(added.sort("month_on", "metric", "segment"), lazy=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """How what is won in a month is split between segments."""

    plan: BackwardPlan
    draws: Draws
    brought: Mapping[str, InFlight]

    def of(
        self,
        whole: list[tuple[date, float]],
        metric: str,
        planned: dict[date, float],
        size: float,
    ) -> list[tuple[date, str, str, float]]:
        """The lines of a metric: of each segment, or of everything where none is known by itself.

        `planned` are the wins of planned entries by month, each worth `size`.
        """
        if not self.brought:
            return [(month, EVERYTHING, metric, value) for month, value in whole]
        rates = self.plan.mix * self.draws.rates.mean(axis=0)
        shares = rates / rates.sum() if rates.sum() > 0 else self.plan.mix
        rows = []
        for place, (month, value) in enumerate(whole):
            expected = shares * planned.get(month, 0.0) * size
            for number, segment in enumerate(self.plan.segments):
                found = self.brought[segment]
                drawn = found.all_revenue if metric == REVENUE else found.all_deals
                expected[number] += float(drawn[place].mean())
            of_month = expected / expected.sum() if expected.sum() > 0 else shares
            rows += [
                (month, segment, metric, float(value * share))
                for segment, share in zip(self.plan.segments, of_month, strict=True)
            ]
        return rows


def _scaled(
    plan: BackwardPlan,
    months: tuple[date, ...],
    brought: NDArray[np.float64],
    planned: dict[date, float],
    size: float,
    kind: TargetKind,
) -> list[tuple[date, float]]:
    """The months' course; where the target is of this kind, each window adds up to it."""
    expected = np.array(
        [
            known + planned.get(month, 0.0) * size
            for month, known in zip(months, brought, strict=True)
        ]
    )
    if plan.target.kind is kind:
        for deadline in plan.target.deadlines:
            inside = np.array(
                [
                    deadline.window.start.replace(day=1) <= month <= deadline.window.end
                    for month in months
                ]
            )
            total = expected[inside].sum()
            if total > 0:
                expected[inside] *= deadline.amount / total
            else:
                expected[inside] = deadline.amount / max(1, inside.sum())
    return list(zip(months, expected.tolist(), strict=True))


def read_plan_table(text: str, name: str) -> DataFrame[PlanTable]:
    """A plan from a CSV file with the columns month, segment, metric and value.

    Months are written 2027-03 or as their first day. Raises MetricError that names the file, every
    line, column and value at fault, what was expected and what to do; a month that is missing
    between the first and the last is a fault.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    found = reader.fieldnames or []
    missing = [each for each in ("month", "segment", "metric", "value") if each not in found]
    if missing:
        raise MetricError(
            f"{name} has no column {', '.join(missing)}: a plan has the columns month, segment,"
            " metric and value"
        )
    problems: list[str] = []
    rows: list[tuple[date, str, str, float]] = []
    seen: dict[tuple[date, str, str], int] = {}
    for row in reader:
        line = reader.line_num
        month = _month(row["month"] or "")
        metric = (row["metric"] or "").strip().lower()
        value = _number(row["value"] or "")
        segment = (row["segment"] or "").strip() or EVERYTHING
        if month is None:
            problems.append(
                f'{name} line {line}, month: "{row["month"]}" is no month; write it as 2027-03'
            )
        if metric not in METRICS:
            problems.append(
                f'{name} line {line}, metric: "{row["metric"]}" is not planned.'
                f"{did_you_mean(metric, METRICS)} There are {', '.join(METRICS)}"
            )
        if value is None:
            problems.append(
                f'{name} line {line}, value: "{row["value"]}" is no number of 0 or more; write it'
                " as 1234.5"
            )
        if month is None or metric not in METRICS or value is None:
            continue
        key = (month, segment, metric)
        if key in seen:
            problems.append(
                f"{name} line {line}: {month:%Y-%m}, {segment}, {metric} is there already, on line"
                f" {seen[key]}; keep one of them"
            )
        seen.setdefault(key, line)
        rows.append((month, segment, metric, value))
    months = sorted({month for month, *_ in rows})
    for before, after in itertools.pairwise(months):
        following = (before + timedelta(days=31)).replace(day=1)
        if following != after:
            problems.append(
                f"{name} has no line for {following:%Y-%m}, between {before:%Y-%m} and"
                f" {after:%Y-%m}: add it, with 0 where nothing is planned"
            )
    if not rows and not problems:
        problems.append(f"{name} has no lines: a plan needs at least one month")
    if problems:
        raise MetricError(*problems)
    schema = {"month_on": pl.Date, "segment": pl.String, "metric": pl.String, "value": pl.Float64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return PlanTable.validate(frame.sort("month_on", "metric", "segment"), lazy=True)


def _month(text: str) -> date | None:
    parts = text.strip().split("-")
    try:
        year, month, *rest = (int(part) for part in parts)
        day = rest[0] if rest else 1
        return date(year, month, 1) if day == 1 and len(rest) < 2 else None
    except (ValueError, IndexError):
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text.strip())
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
