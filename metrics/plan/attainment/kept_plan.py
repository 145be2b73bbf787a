"""A kept plan as it is held against what came: its targets, its days, and what it assumed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError, did_you_mean
from data.notebook.notebook import Notebook
from data.notebook.plans import Plan, plans
from data.notebook.shelf import Kept
from data.sql import Query, Step
from data.standardise.spelling import spelling_key
from metrics.horizon import dimension_values, shown_as
from metrics.period import Period
from metrics.plan.backward.table import METRICS
from metrics.plan.past.entry_steps import EVERYTHING, OTHERS
from metrics.plan.target import FACTORS, Assumptions
from metrics.scope import Dimension, Scope, Stage

SPEND = "spend"
"""The metric of a plan's budget, beside the stages and revenue."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptPlan:
    """What a plan says, to be held against what came.

    `targets` has month_on, segment, metric and target, one row each; segments are those of `by`.
    Entries, from the stage `entry` on, count from `entries_from`, which is the day after the data
    that the plan was made of; what is won counts from `won_from`. `made_at` is in UTC.
    """

    name: str
    targets: pl.DataFrame
    entry: Stage
    by: Dimension | None
    segments: tuple[str, ...]
    entries_from: date
    won_from: date
    made_at: datetime
    assumed: Assumptions

    @property
    def months(self) -> tuple[Period, ...]:
        """The whole calendar months that the plan has lines for, in order."""
        firsts = sorted(set(self.targets["month_on"]))
        return tuple(Period(first, _last_day(first)) for first in firsts)

    @property
    def learns_from(self) -> Stage | None:
        """The stage whose entries the plan is learned from; None is the first that is loaded.

        So it is for a plan that has lines of wins alone.
        """
        return None if self.entry is Stage.WON else self.entry

    def segment_of(self, value: str) -> str:
        """The plan's segment for a value of its dimension: itself, or all others together."""
        if self.by is None:
            return EVERYTHING
        return value if value in self.segments else OTHERS


def find_plan(notebook: Notebook, name: str | None = None) -> Kept[Plan]:
    """The kept plan of that name or id; without one, the plan that was written last.

    Raises MetricError where no plan is kept, or none of that name.
    """
    known = plans(notebook).all()
    if not known:
        raise MetricError("no plan is kept yet: save one on the Backward plan page")
    if name is None:
        return max(known, key=lambda kept: kept.version.written_at)
    for kept in known:
        if name in (kept.version.id, kept.value.name):
            return kept
    names = [kept.value.name for kept in known]
    raise MetricError(
        f"there is no plan {name!r}.{did_you_mean(name, names)} There are {', '.join(names)}"
    )


def kept_plan(warehouse: Warehouse, scope: Scope, kept: Kept[Plan]) -> KeptPlan:
    """What does a kept plan say, in the terms of what came?

    Its dimension is the one that knows most of its segments, which are spelt as the data shows
    them now. Lines of metrics that nothing is counted for are left out. Raises MetricError for a
    plan without lines of entries or revenue, and for segments that no dimension knows.
    """
    plan = kept.value
    rows = [
        (line.month, line.segment, line.metric, line.value)
        for line in plan.lines
        if line.metric in (*METRICS, SPEND)
    ]
    stages = [stage for stage in Stage if any(metric == stage.value for *_, metric, _ in rows)]
    if not rows or not stages:
        raise MetricError(
            f"the plan {plan.name!r} has no lines of leads, MQLs, SQLs, opportunities or wins that"
            " could be held against what came: save it again on the Backward plan page"
        )
    written = dict.fromkeys(segment for _, segment, *_ in rows if segment != EVERYTHING)
    by = _dimension(warehouse, scope, tuple(written))
    spelt = _spelt(warehouse, scope, by, tuple(written))
    segments = tuple(dict.fromkeys(spelt[segment] for segment in written))
    first = min(month for month, _, metric, _ in rows if metric == stages[0].value)
    given = {each.name: each.value for each in plan.assumptions}
    return KeptPlan(
        name=plan.name,
        targets=pl.DataFrame(
            rows,
            schema={
                "month_on": pl.Date,
                "segment": pl.String,
                "metric": pl.String,
                "target": pl.Float64,
            },
            orient="row",
        )
        .with_columns(pl.col("segment").replace(spelt))
        .group_by("month_on", "segment", "metric", maintain_order=True)
        .agg(pl.col("target").sum()),
        entry=stages[0],
        by=by,
        segments=segments or (EVERYTHING,),
        entries_from=_entries_from(warehouse, kept, first),
        won_from=plan.first_day,
        made_at=kept.version.written_at.replace(tzinfo=None),
        assumed=Assumptions().scaled({name: given[name] for name in FACTORS if name in given}),
    )


def _dimension(warehouse: Warehouse, scope: Scope, segments: tuple[str, ...]) -> Dimension | None:
    named = set(segments) - {OTHERS}
    if not named:
        return None
    keys = {spelling_key(segment) for segment in named}
    known = {
        each: len(keys & set(map(spelling_key, dimension_values(warehouse, each, scope.viewer))))
        for each in Dimension
    }
    best = max(Dimension, key=lambda each: known[each])
    if not known[best]:
        raise MetricError(
            f"the plan's segments, such as {sorted(named)[0]!r}, are in none of the loaded data:"
            " load what it was made of, or plan again"
        )
    return best


def _spelt(
    warehouse: Warehouse, scope: Scope, by: Dimension | None, segments: tuple[str, ...]
) -> dict[str, str]:
    """Each segment as the data shows it now: more files may have made another spelling usual."""
    if by is None:
        return {segment: segment for segment in segments}
    known = dimension_values(warehouse, by, scope.viewer)
    return {
        segment: segment
        if segment == OTHERS
        else shown_as(warehouse, by, segment, known) or segment
        for segment in segments
    }


def _entries_from(warehouse: Warehouse, kept: Kept[Plan], first: date) -> date:
    """The day after the newest load of when the plan was made, where that is in its first month."""
    written = kept.version.written_at.replace(tzinfo=None)
    loaded = warehouse.query(
        Query(
            Step("asked", "SELECT CAST(? AS TIMESTAMP) AS written_at", (written,)),
            Step(
                "loaded",
                """
                SELECT CAST(max(as_of) AS DATE) AS newest
                FROM load CROSS JOIN asked
                WHERE finished_at <= written_at
                """,
            ),
        )
    ).item()
    if loaded is None:
        return first
    day: date = loaded + timedelta(days=1)
    return day if first <= day <= _last_day(first) else first


def _last_day(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
