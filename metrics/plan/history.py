"""What plans and forecasts are drawn from: counts of the past, and what is in flight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.ages import age_steps
from metrics.plan.counts import Cohorts, age_counts, cohorts, horizon_days
from metrics.plan.deals import Deals, deals
from metrics.scope import Dimension, Scope, Stage

MOST_SEGMENTS = 10
"""Segments beyond the largest so many are planned together as `other segments`."""

EVERYTHING = "all"
"""The one segment where a plan is not sliced."""

OTHERS = "other segments"


@dataclass(frozen=True, slots=True)
class OpenLeads:
    """Leads without a deal that are still open: by segment, latest stage, and days since it."""

    segment: NDArray[np.int64]
    stage: NDArray[np.str_]
    age: NDArray[np.int64]
    leads: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entries:
    """How many entered each stage in each past month, by segment: [months, segments]."""

    months: tuple[date, ...]
    counts: dict[Stage, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class History:
    """Everything a plan needs of the past, as arrays.

    `to_won` has one curve's counts per segment from the entry stage to a won deal of its own,
    `reached` the counts from entry to each later stage, `next_step` from each stage to the one
    after it, `won_from` from each stage to a won deal; the last three are of all segments together.
    A deal with several leads counts for its primary lead alone, so that money counts once.
    """

    observed_until: date
    entry: Stage
    segments: tuple[str, ...]
    to_won: tuple[AgeCounts, ...]
    reached: dict[Stage, AgeCounts]
    next_step: dict[Stage, AgeCounts]
    won_from: dict[Stage, AgeCounts]
    open_leads: OpenLeads
    entries: Entries
    cohorts: Cohorts
    deals: Deals

    @property
    def pooled(self) -> AgeCounts:
        """The counts from entry to a win over all segments."""
        total = self.to_won[0]
        for counts in self.to_won[1:]:
            total += counts
        return total

    @property
    def wins(self) -> int:
        """The won deals that the curves are estimated from."""
        return int(self.pooled.converted.sum())


def history(
    warehouse: Warehouse, scope: Scope, by: Dimension | None = None, entry: Stage | None = None
) -> History:
    """What does the past tell a plan that starts from entries into a stage?

    `entry` is by default the first stage that anything is recorded of: leads, or deals where no
    leads are linked to them. The scope's period says whose fates are counted; what is in flight is
    counted whenever it came. Segments are the `by` values of the entries, the largest ten.

    Raises MetricError where nothing was ever won, which no plan can be drawn from.
    """
    known = deals(warehouse, scope)
    loaded = _loaded(warehouse, scope)
    entry = entry or next((stage for stage in Stage if loaded[stage]), Stage.OPPORTUNITY)
    if entry is Stage.WON:
        raise MetricError("a plan starts from leads, MQLs, SQLs or opportunities, not from wins")
    if entry is Stage.OPPORTUNITY:
        found = _of_deals(scope, known)
    else:
        found = _of_leads(warehouse, scope, by, entry, known)
    if found.wins == 0:
        raise MetricError(
            f"no deal of these {entry.label.lower()}s was won {scope.period.describe()}: a plan"
            " needs at least one win to learn rates from. Widen the period or the filters, or load"
            " deals that name their leads."
        )
    return found


def _loaded(warehouse: Warehouse, scope: Scope) -> dict[Stage, int]:
    """How many leads that have a deal of their own reached each stage before the deal."""
    counts = ", ".join(f"count(scoped.{stage.value}_on) AS {stage.value}" for stage in Stage)
    query = Query(
        scope.step("journey"),
        _own_deals(),
        Step(
            "linked",
            f"SELECT {counts} FROM scoped JOIN own_deals ON own_deals.lead_id = scoped.lead_id",
        ),
    )
    return {Stage(name): count for name, count in warehouse.query(query).row(0, named=True).items()}


def _own_deals() -> Step:
    """Step `own_deals`: per lead, the deals it is the primary lead of."""
    return Step(
        "own_deals",
        """
        SELECT lead_id, min(opened_on) AS opened_on,
            min(CASE WHEN outcome = 'won' THEN closed_on END) AS won_on
        FROM deal
        WHERE lead_id IS NOT NULL
        GROUP BY lead_id
        """,
    )


def _entry_steps(scope: Scope, by: Dimension | None, entry: Stage) -> tuple[Step, ...]:
    """Steps to `entries`: one row per lead with its days, its own win, and its segment."""
    segment = f"min({by.value})" if by else f"'{EVERYTHING}'"
    bounds = "period_start, period_end, observed_until"
    days = ", ".join(f"min({stage.value}_on) AS {stage.value}_on" for stage in list(Stage)[:-1])
    left = (
        "CASE WHEN episode = episodes AND exit_stage IN ('disqualified', 'lost') THEN exit_on END"
    )
    return (
        scope.step("journey"),
        _own_deals(),
        Step(
            "leads",
            f"""
            SELECT lead_id, {segment} AS segment, {bounds}, {days}, max({left}) AS exit_on,
                max(opportunity_id) AS opportunity_id
            FROM scoped
            GROUP BY lead_id, {bounds}
            """,
        ),
        Step(
            "ranked_segments",
            f"""
            SELECT segment, row_number() OVER (ORDER BY count(*) DESC, segment) AS place
            FROM leads
            WHERE {entry.value}_on <= observed_until
            GROUP BY segment
            """,
        ),
        Step(
            "entries",
            f"""
            SELECT leads.*, own_deals.won_on,
                CASE WHEN place <= {MOST_SEGMENTS} THEN ranked_segments.segment
                    ELSE '{OTHERS}' END AS planned_segment,
                CAST(date_trunc('month', {entry.value}_on) AS DATE) AS month_on
            FROM leads
            JOIN ranked_segments ON ranked_segments.segment = leads.segment
            LEFT JOIN own_deals ON own_deals.lead_id = leads.lead_id
            """,
        ),
    )


def _of_leads(
    warehouse: Warehouse, scope: Scope, by: Dimension | None, entry: Stage, known: Deals
) -> History:
    steps = _entry_steps(scope, by, entry)
    stages = list(Stage)
    later = stages[stages.index(entry) + 1 :]
    following = list(zip(stages[stages.index(entry) :], later, strict=False))
    ways = dict.fromkeys(
        [
            *((entry, stage) for stage in later),
            *following,
            *((each, Stage.WON) for each, _ in following),
        ]
    )
    ages = warehouse.query(Query(*steps, *age_steps(tuple(ways), "entries", ("planned_segment",))))
    by_month = warehouse.query(
        Query(*steps, *age_steps(((entry, Stage.WON),), "entries", ("month_on",)))
    )
    segments = tuple(_by_size(ages, entry))
    horizon = horizon_days(
        ages.filter(pl.col("from_stage") == entry.value, pl.col("to_stage") == Stage.WON.value)
    )

    def counts(start: Stage, end: Stage, segment: str | None = None) -> AgeCounts:
        rows = ages.filter(
            pl.col("from_stage") == start.value,
            pl.col("to_stage") == end.value,
            pl.lit(True) if segment is None else pl.col("planned_segment") == segment,
        )
        return age_counts(rows, horizon)

    return History(
        observed_until=scope.observed_until,
        entry=entry,
        segments=segments,
        to_won=tuple(counts(entry, Stage.WON, segment) for segment in segments),
        reached={stage: counts(entry, stage) for stage in later},
        next_step={start: counts(start, end) for start, end in following},
        won_from={start: counts(start, Stage.WON) for start, _ in following},
        open_leads=_open_leads(warehouse.query(Query(*steps, _open_step(entry))), segments),
        entries=_entries(warehouse.query(Query(*steps, _volume_step(entry))), segments),
        cohorts=cohorts(by_month, horizon),
        deals=known,
    )


def _by_size(ages: pl.DataFrame, entry: Stage) -> list[str]:
    """The segments, largest first, `other segments` last."""
    sizes = (
        ages.filter(pl.col("from_stage") == entry.value, pl.col("to_stage") == Stage.WON.value)
        .group_by("planned_segment")
        .agg(pl.col("records").sum())
        .sort(pl.col("planned_segment") == OTHERS, -pl.col("records"), "planned_segment")
    )
    names: list[str] = sizes["planned_segment"].to_list()
    return names


def _open_step(entry: Stage) -> Step:
    """Step `open_leads`: who entered, has no deal and has not left, by latest stage and age."""
    order = list(Stage)
    stages = order[order.index(entry) : order.index(Stage.WON)]
    latest = " ".join(
        f"WHEN {stage.value}_on <= observed_until THEN '{stage.value}'"
        for stage in reversed(stages)
    )
    day = " ".join(
        f"WHEN {stage.value}_on <= observed_until THEN {stage.value}_on"
        for stage in reversed(stages)
    )
    return Step(
        "open_leads",
        f"""
        SELECT planned_segment, CASE {latest} END AS stage,
            date_diff('day', CASE {day} END, observed_until) AS age_days, count(*) AS leads
        FROM entries
        WHERE {entry.value}_on <= observed_until AND opportunity_id IS NULL
            AND (exit_on IS NULL OR exit_on > observed_until)
        GROUP BY planned_segment, CASE {latest} END,
            date_diff('day', CASE {day} END, observed_until)
        ORDER BY planned_segment, stage, age_days
        """,
    )


def _volume_step(entry: Stage) -> Step:
    """Step `volumes`: entries into each stage by month and segment."""
    stages = list(Stage)[list(Stage).index(entry) :]
    parts = "\nUNION ALL\n".join(
        f"SELECT planned_segment, '{stage.value}' AS stage,"
        f" CAST(date_trunc('month', {stage.value}_on) AS DATE) AS entered_month"
        f" FROM entries WHERE {stage.value}_on BETWEEN period_start AND period_end"
        f" AND {stage.value}_on <= observed_until"
        for stage in stages
    )
    return Step(
        "volumes",
        f"""
        SELECT planned_segment, stage, entered_month, count(*) AS leads
        FROM ({parts}) AS entered
        GROUP BY planned_segment, stage, entered_month
        ORDER BY entered_month, planned_segment, stage
        """,
    )


def _open_leads(rows: pl.DataFrame, segments: tuple[str, ...]) -> OpenLeads:
    place = {name: index for index, name in enumerate(segments)}
    # Those of a segment that nobody entered in the period have no rates to be judged by.
    rows = rows.filter(pl.col("planned_segment").is_in(segments))
    return OpenLeads(
        np.array([place[name] for name in rows["planned_segment"]], dtype=np.int64),
        np.array(rows["stage"].to_list(), dtype=np.str_),
        np.maximum(rows["age_days"].to_numpy(), 0).astype(np.int64),
        rows["leads"].to_numpy().astype(np.int64),
    )


def _entries(rows: pl.DataFrame, segments: tuple[str, ...]) -> Entries:
    months = tuple(sorted(set(rows["entered_month"])))
    counts = {
        stage: np.zeros((len(months), len(segments)), dtype=np.int64)
        for stage in Stage
        if stage.value in set(rows["stage"])
    }
    for segment, stage, month, leads in rows.iter_rows():
        if segment in segments:
            counts[Stage(stage)][months.index(month), segments.index(segment)] += leads
    return Entries(months, counts)


def _of_deals(scope: Scope, known: Deals) -> History:
    """Where a plan starts from opportunities, each deal is an entry of its own."""
    ages = known.ages
    return History(
        observed_until=scope.observed_until,
        entry=Stage.OPPORTUNITY,
        segments=(EVERYTHING,),
        to_won=(ages,),
        reached={Stage.WON: ages},
        next_step={},
        won_from={},
        open_leads=OpenLeads(*(np.zeros(0, dtype=kind) for kind in (int, np.str_, int, int))),
        entries=_opened(known),
        cohorts=known.cohorts,
        deals=known,
    )


def _opened(known: Deals) -> Entries:
    months = tuple(sorted({day.replace(day=1) for day in known.opened.days}))
    counts = np.zeros((len(months), 1), dtype=np.int64)
    for day, opened in zip(known.opened.days, known.opened.deals, strict=True):
        counts[months.index(day.replace(day=1)), 0] += opened
    return Entries(months, {Stage.OPPORTUNITY: counts})
