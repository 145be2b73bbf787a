"""The journeys of a group as an event log: each lead's events in order, from one scan."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import EXITS
from data.sql import Query, Step
from metrics.attribution.conversion_paths.seen import SeenPaths
from metrics.attribution.paths import kept_of
from metrics.attribution.question import CREDITED, PathKind
from metrics.scope import Dimension, Scope, Stage


class EventClass(StrEnum):
    """Which events a journey is made of: touches of the lead's person, and entries into stages."""

    TOUCH = "touch"
    STAGE = "stage"


EVERY_CLASS = tuple(EventClass)

STAGE_EVENTS = {each.value: f"Stage: {each.label}" for each in Stage} | {
    each: f"Stage: {each.capitalize()}" for each in EXITS
}
"""What an entry into each stage is called, so that no channel is taken for one."""


@dataclass(frozen=True, eq=False)
class SeenJourneys:
    """The leads of a scope and their events, for whatever is asked about their journeys.

    `leads` has `subject_id` and `is_won`. `events` has `subject_id`, `place` from 1 on, `segment`,
    which is a channel or such, or a stage of `STAGE_EVENTS`, `happened_at` (UTC) and `days_before`
    the last event. Of equal events that follow one another it has the first, and the lead's last
    day counts even where that event does not.
    """

    leads: pl.DataFrame
    events: pl.DataFrame

    @cached_property
    def paths(self) -> SeenPaths:
        """The same as paths, each of which is worth 1 where the lead was won."""
        worth = pl.col("is_won").cast(pl.Int64).cast(pl.Decimal(18, 6))
        return SeenPaths(
            self.leads.select("subject_id", worth=worth),
            self.events.select("subject_id", "place", "segment", "days_before"),
        )


def seen_journeys(
    warehouse: Warehouse,
    scope: Scope,
    classes: tuple[EventClass, ...] = EVERY_CLASS,
    by: Dimension = Dimension.CHANNEL,
) -> SeenJourneys:
    """Which events, in which order, make the journey of each lead of the scope?

    The leads are those that came in within the period, and pass the filters. Their events are all
    until the last day observed, also before the lead: touches of the lead's person by what they are
    recorded by, and entries of the lead and its deals into stages. Entries are in the order of
    `lead_stage_entry`: one that stands before what is dated earlier has the earlier moment. Of one
    moment a touch comes before an entry. A person with several leads has its touches in each.

    Raises MetricError without a class of events, and for a dimension touches are not recorded by.
    """
    if not classes:
        raise MetricError("a journey is made of events: choose touch, stage or both")
    if by not in CREDITED:
        names = ", ".join(each.label for each in CREDITED)
        raise MetricError(f"touches are not recorded by {by.label}: use one of {names}")
    rows = warehouse.query(Query(*_steps(scope, classes, by)))
    is_first = pl.col("place").is_null() | (pl.col("place") == 1)
    return SeenJourneys(
        rows.filter(is_first).select("subject_id", "is_won"),
        rows.filter(pl.col("place").is_not_null()).select(
            "subject_id", "place", "segment", "happened_at", "days_before"
        ),
    )


_MEMBERS = Step(
    "members",
    """
    SELECT lead_id AS subject_id, min(person_id) AS person_id,
        min(observed_until) AS observed_until,
        count(CASE WHEN won_on <= observed_until THEN 1 END) > 0 AS is_won,
        min(period_start) AS period_start, min(period_end) AS period_end, min(lead_on) AS came_on
    FROM scoped
    GROUP BY lead_id
    """,
)

_IN_PERIOD = Step(
    "leads_of_period",
    """
    SELECT subject_id, person_id, observed_until, is_won
    FROM members
    WHERE came_on BETWEEN period_start AND period_end AND came_on <= observed_until
    """,
)

_ENTRIES = """
SELECT leads_of_period.subject_id, CASE entry.stage {named} END AS segment,
    min(entry.entered_at) OVER (
        PARTITION BY entry.lead_id ORDER BY entry.place
        ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    ) AS happened_at,
    entry.since_on AS happened_on, 1 AS class_rank, entry.place AS class_place
FROM leads_of_period
JOIN lead_stage_entry AS entry ON entry.lead_id = leads_of_period.subject_id
WHERE entry.since_on <= leads_of_period.observed_until
"""

_TOUCHES = """
SELECT leads_of_period.subject_id, touch.{by} AS segment, touch.occurred_at AS happened_at,
    touch.occurred_on AS happened_on, 0 AS class_rank, touch.place AS class_place
FROM leads_of_period
JOIN touch ON touch.person_id = leads_of_period.person_id
WHERE touch.occurred_on <= leads_of_period.observed_until
"""


def _steps(scope: Scope, classes: tuple[EventClass, ...], by: Dimension) -> tuple[Step, ...]:
    """Steps from `scoped` to `seen`: one row per lead and event that counts, or lead of none."""
    named = " ".join(f"WHEN '{stage}' THEN '{name}'" for stage, name in STAGE_EVENTS.items())
    sources = {
        EventClass.TOUCH: _TOUCHES.format(by=by.value),
        EventClass.STAGE: _ENTRIES.format(named=named),
    }
    kept = kept_of(PathKind.COLLAPSED, "subject_id", "segment", _IN_ORDER)
    return (
        scope.step("journey"),
        _MEMBERS,
        _IN_PERIOD,
        Step("events", "\nUNION ALL\n".join(sources[each] for each in dict.fromkeys(classes))),
        Step(
            "marked",
            f"""
            SELECT events.*, {kept} AS is_kept,
                max(happened_on) OVER (PARTITION BY subject_id) AS last_on
            FROM events
            """,
        ),
        Step(
            "steps",
            f"""
            SELECT subject_id, segment, happened_at,
                greatest(date_diff('day', happened_on, last_on), 0) AS days_before,
                row_number() OVER (PARTITION BY subject_id ORDER BY {_IN_ORDER}) AS place
            FROM marked
            WHERE is_kept
            """,
        ),
        Step(
            "seen",
            """
            SELECT leads_of_period.subject_id, leads_of_period.is_won,
                CAST(steps.place AS BIGINT) AS place, steps.segment, steps.happened_at,
                CAST(steps.days_before AS BIGINT) AS days_before
            FROM leads_of_period
            LEFT JOIN steps ON steps.subject_id = leads_of_period.subject_id
            """,
        ),
    )


_IN_ORDER = "happened_at, class_rank, class_place"
