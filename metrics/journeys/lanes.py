"""Lanes of a timeline: how much of each kind happened, month by month."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.journeys.happening import Happening
from metrics.journeys.happenings import happening_steps
from metrics.journeys.known import known_subject
from metrics.journeys.subject import Subject, subject_steps
from metrics.scope import Scope


class Lane(StrEnum):
    """Kinds of happenings that belong together, in the order in which they are shown."""

    TOUCHES = "touches"
    OTHERS = "contacts and others"
    STAGES = "stage entries"
    OWNERS = "owners"
    FEEDBACK = "feedback"
    DEALS = "events of deals"
    MERGES = "merges"
    PAST = "taken back"

    @property
    def kinds(self) -> tuple[Happening, ...]:
        """What is in the lane.

        >>> Lane.FEEDBACK.kinds == (Happening.ACCEPTED, Happening.REJECTED)
        True
        """
        return _KINDS[self]


_KINDS = {
    Lane.TOUCHES: (Happening.TOUCH,),
    Lane.OTHERS: (Happening.OUTBOUND, Happening.LEFT_OUT, Happening.OTHER),
    Lane.STAGES: (Happening.STAGE,),
    Lane.OWNERS: (Happening.ASSIGNED,),
    Lane.FEEDBACK: (Happening.ACCEPTED, Happening.REJECTED),
    Lane.DEALS: tuple(each for each in Happening if each.value.startswith("deal_")),
    Lane.MERGES: (Happening.PERSON_MERGED, Happening.ACCOUNT_MERGED),
    Lane.PAST: (Happening.TAKEN_BACK, Happening.RECORD_GONE),
}

EVERY_LANE = tuple(Lane)

LANE_OF = {kind: lane for lane, kinds in _KINDS.items() for kind in kinds}
"""The lane of each kind."""


class TimelineLane(pa.DataFrameModel):
    """One row per lane and month in which something happened, in order of lanes and months.

    `month_on` is the month's first day in the reporting time zone, null of merges, of which nobody
    knows when they were. `first_on` and `last_on` are the days of the first and last event in it.
    """

    lane: str = pa.Field(isin=[each.value for each in Lane])
    month_on: pl.Date = pa.Field(nullable=True)
    events: int = pa.Field(ge=1)
    first_on: pl.Date = pa.Field(nullable=True)
    last_on: pl.Date = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per lane and month."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["lane", "month_on"]


def timeline_lanes(
    warehouse: Warehouse, scope: Scope, definitions: Definitions, subject: Subject
) -> DataFrame[TimelineLane]:
    """How much of each kind happened to a lead, a person, an account or a deal, and when?

    The events of `timeline`, counted: they add up to all of them.

    Raises MetricError for an id that nothing has, or nothing that the viewer may see.
    """
    known = known_subject(warehouse, scope, subject)
    steps = (*subject_steps(scope, known, definitions), *happening_steps(scope, known.kind))
    found = warehouse.query(Query(*steps, _COUNTED))
    day = (
        pl.col("minute_at").dt.replace_time_zone("UTC")
        .dt.convert_time_zone(definitions.time_zone).dt.date()
    )  # fmt: skip
    order = {lane.value: place for place, lane in enumerate(Lane)}
    types = columns(TimelineLane)
    lanes = (
        found.with_columns(
            day=day,
            lane=pl.col("kind").replace_strict(
                {kind.value: LANE_OF[kind].value for kind in Happening}
            ),
        )
        .group_by("lane", month_on=pl.col("day").dt.truncate("1mo"))
        .agg(
            events=pl.col("events").sum(),
            first_on=pl.col("day").min(),
            last_on=pl.col("day").max(),
        )
        .sort(pl.col("lane").replace_strict(order, return_dtype=pl.Int64), "month_on")
        .select(list(types))
        .cast(pl.Schema(types))
    )
    return TimelineLane.validate(lanes, lazy=True)


def kept_step(lanes: tuple[Lane, ...]) -> Step:
    """Step `kept_happenings`: the happenings of some lanes."""
    kinds = ", ".join(f"'{kind}'" for lane in lanes for kind in lane.kinds)
    return Step("kept_happenings", f"SELECT * FROM happenings WHERE kind IN ({kinds})")


_COUNTED = Step(
    "counted",
    """
    SELECT kind, date_trunc('minute', occurred_at) AS minute_at, count(*) AS events
    FROM happenings
    GROUP BY kind, date_trunc('minute', occurred_at)
    """,
)
