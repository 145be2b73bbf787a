"""What plans and forecasts are drawn from: counts of the past, and what is in flight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step
from metrics.estimators.age_counts import AgeCounts
from metrics.funnel.ages import age_steps, told_days
from metrics.funnel.counts import Cohorts, age_counts, cohorts, horizon_days, untold
from metrics.plan.past.deals import Deals, deals
from metrics.plan.past.entry_steps import (
    EVERYTHING,
    OTHERS,
    entry_steps,
    open_step,
    own_deals,
    volume_step,
)
from metrics.scope import Dimension, Scope, Stage


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
    Stages that over a tenth reached on an unknown day are in neither `reached` nor `next_step`, but
    in `untold`, each with why.
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
    to_deal: Cohorts
    deals: Deals
    untold: dict[Stage, str] = field(default_factory=dict)

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

    Where outcomes are told only from a day on, older records come under observation then.
    Raises MetricError where nothing was ever won, which no plan can be drawn from, and where over a
    tenth of the wins have no day.
    """
    told = told_days(warehouse)
    known = deals(warehouse, scope, told.get(Stage.WON))
    entry = entry or _first_loaded(warehouse, scope)
    if entry is Stage.WON:
        raise MetricError("a plan starts from leads, MQLs, SQLs or opportunities, not from wins")
    if entry is Stage.OPPORTUNITY:
        found = _of_deals(scope, known)
    else:
        found = _of_leads(warehouse, scope, by, entry, known, told)
    if found.wins == 0:
        helps = _what_would_help(warehouse, scope, known)
        raise MetricError(
            f"no deal of these {entry.plural} was won {scope.period.describe()}: a plan"
            f" needs at least one win to learn rates from. {helps}"
        )
    return found


def _what_would_help(warehouse: Warehouse, scope: Scope, known: Deals) -> str:
    """What to load or to ask where no win can be followed from its entry on."""
    undated = "SELECT count(*) AS won FROM scoped WHERE undated_stage = 'won'"
    won = warehouse.query(Query(scope.step("journey"), Step("undated", undated))).item()
    if won:
        leads = "lead is" if won == 1 else "leads are"
        return (
            f"{won:,} {leads} won on a day that nobody recorded: load their deals, with the days"
            " on which these were opened and closed and the leads that they are of."
        )
    if known.undated_deals:
        return (
            f"{known.undated_deals:,} deals have no day of opening, or none of closing, so that"
            " nobody knows how long they took: load the day on which deals are created."
        )
    return "Widen the period or the filters, or load deals that name their leads."


def _first_loaded(warehouse: Warehouse, scope: Scope) -> Stage:
    """The first stage that any lead reached that has a deal of its own."""
    counts = ", ".join(
        f"count(CASE WHEN scoped.{stage.value}_on <= observed_until THEN 1 END) AS {stage.value}"
        for stage in Stage
    )
    query = Query(
        scope.step("journey"),
        own_deals(),
        Step(
            "linked",
            f"SELECT {counts} FROM scoped JOIN own_deals ON own_deals.lead_id = scoped.lead_id"
            " WHERE own_deals.opened_on <= observed_until",
        ),
    )
    linked = warehouse.query(query).row(0, named=True)
    return next((stage for stage in Stage if linked[stage.value]), Stage.OPPORTUNITY)


def _of_leads(
    warehouse: Warehouse,
    scope: Scope,
    by: Dimension | None,
    entry: Stage,
    known: Deals,
    told: Mapping[Stage, date],
) -> History:
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
    of_months = (entry, Stage.WON), (entry, Stage.OPPORTUNITY)
    ages, by_month, open_leads, volumes = warehouse.query_each(
        entry_steps(scope, by, entry),
        [
            age_steps(tuple(ways), "entries", ("planned_segment",), told),
            age_steps(of_months, "entries", ("month_on",), told),
            (open_step(entry),),
            (volume_step(entry),),
        ],
    )
    segments = tuple(_by_size(ages, entry))
    horizon = horizon_days(
        ages.filter(pl.col("from_stage") == entry.value, pl.col("to_stage") == Stage.WON.value)
    )

    def rows(start: Stage, end: Stage) -> pl.DataFrame:
        return ages.filter(pl.col("from_stage") == start.value, pl.col("to_stage") == end.value)

    def counts(start: Stage, end: Stage) -> AgeCounts:
        return age_counts(rows(start, end), horizon)

    def of_month(end: Stage) -> Cohorts:
        return cohorts(by_month.filter(pl.col("to_stage") == end.value), horizon)

    won = rows(entry, Stage.WON)
    hidden: dict[Stage, str] = {}
    for start, end in ways:
        if end is not Stage.WON and (why := untold(rows(start, end))):
            hidden.setdefault(end, why)
    return History(
        observed_until=scope.observed_until,
        entry=entry,
        segments=segments,
        to_won=tuple(
            age_counts(won.filter(planned_segment=segment), horizon, part_of=won)
            for segment in segments
        ),
        reached={stage: counts(entry, stage) for stage in later if stage not in hidden},
        next_step={start: counts(start, end) for start, end in following if end not in hidden},
        won_from={start: counts(start, Stage.WON) for start, _ in following},
        open_leads=_open_leads(open_leads, segments),
        entries=_entries(volumes, segments),
        cohorts=of_month(Stage.WON),
        to_deal=Cohorts((), ()) if Stage.OPPORTUNITY in hidden else of_month(Stage.OPPORTUNITY),
        deals=known,
        untold=hidden,
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
        to_deal=Cohorts((), ()),
        deals=known,
    )


def _opened(known: Deals) -> Entries:
    months = tuple(sorted({day.replace(day=1) for day in known.opened.days}))
    counts = np.zeros((len(months), 1), dtype=np.int64)
    for day, opened in zip(known.opened.days, known.opened.deals, strict=True):
        counts[months.index(day.replace(day=1)), 0] += opened
    return Entries(months, {Stage.OPPORTUNITY: counts})
