"""The timeline of one lead, person, account or deal: everything that happened, event by event."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import Money, Timestamp, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.journeys.happening import Happening
from metrics.journeys.happenings import happening_steps
from metrics.journeys.known import known_subject
from metrics.journeys.lanes import EVERY_LANE, Lane, kept_step
from metrics.journeys.subject import Subject, subject_steps
from metrics.journeys.wording import in_words
from metrics.scope import Scope

EVENT_LIMIT = 10_000
"""So many events are listed at once, at most."""


class Order(StrEnum):
    """Which end of a timeline comes first."""

    NEWEST = "newest"
    OLDEST = "oldest"


class TimelineEvent(pa.DataFrameModel):
    """One row per thing that happened, in the order asked for.

    `place` counts all events of the subject in the period from 1 on in that order, and `events` is
    their number, whichever of them are listed. `occurred_at` is UTC, `occurred_on` the day in the
    reporting time zone; both are null of a merge. `what` is the event in words. Openings and
    closings of deals have an `amount`: the deal's as last known, in the base currency.
    """

    place: int = pa.Field(ge=1)
    events: int = pa.Field(ge=1)
    event_id: str
    occurred_at: Timestamp = pa.Field(nullable=True)
    occurred_on: pl.Date = pa.Field(nullable=True)
    kind: str = pa.Field(isin=[each.value for each in Happening])
    what: str
    channel: str = pa.Field(nullable=True)
    campaign: str = pa.Field(nullable=True)
    content: str = pa.Field(nullable=True)
    person_id: str = pa.Field(nullable=True)
    lead_id: str = pa.Field(nullable=True)
    opportunity_id: str = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per event."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["event_id"]


def timeline(
    warehouse: Warehouse,
    scope: Scope,
    definitions: Definitions,
    subject: Subject,
    order: Order = Order.NEWEST,
    limit: int = 100,
    offset: int = 0,
    lanes: tuple[Lane, ...] = EVERY_LANE,
) -> DataFrame[TimelineEvent]:
    """What happened to a lead, a person, an account or a deal?

    Its touches and other interactions, also those done to its people and those that earn nothing;
    entries into stages; to whom leads were given and what came of it; its deals opened, changed and
    closed; and the records that were merged into it. Events of the days of the scope's period that
    the data covers, at most `limit` (1 to 10,000) of them after the first `offset`. Events of one
    moment stand in the order of `Happening`, then of their ids; the newest first is the reverse.

    Only those of `lanes` are listed and counted. One subject is looked at, so that the scope's
    filters, basis and unit make no difference; the viewer's restriction holds for every event. No
    export says when two records became one: merges have no moment, are older than everything, and
    there whatever the period. What an anonymous visitor did belongs to a person where it is a
    touch, else to nobody.

    Raises MetricError for an id that nothing has, or nothing that the viewer may see, for a limit
    or offset out of bounds, and without a lane.
    """
    if not 1 <= limit <= EVENT_LIMIT:
        raise MetricError(f"a timeline lists 1 to {EVENT_LIMIT:,} events at once, not {limit:,}")
    if offset < 0:
        raise MetricError(f"a timeline begins after 0 or more events, not after {offset:,}")
    if not lanes:
        raise MetricError("a timeline has at least one kind of events: choose one")
    known = known_subject(warehouse, scope, subject)
    steps = (
        *subject_steps(scope, known, definitions),
        *happening_steps(scope, known.kind),
        kept_step(lanes),
    )
    found = warehouse.query(Query(*steps, _placed(order), _page(limit, offset)))
    is_outbound = pl.col("name").is_in(definitions.touch.outbound)
    at = pl.col("occurred_at")
    day = at.dt.replace_time_zone("UTC").dt.convert_time_zone(definitions.time_zone).dt.date()
    other = pl.col("kind") == Happening.OTHER.value
    events = (
        found.with_columns(
            kind=pl.when(other & is_outbound)
            .then(pl.lit(Happening.OUTBOUND.value))
            .otherwise("kind"),
            occurred_on=day,
        )
        .with_columns(what=in_words(definitions.time_zone))
        .sort("place")
        .select(list(columns(TimelineEvent)))
        .cast(pl.Schema(columns(TimelineEvent)))
    )
    return TimelineEvent.validate(events, lazy=True)


_RANK = "CASE kind {} END".format(
    " ".join(f"WHEN '{kind}' THEN {rank}" for rank, kind in enumerate(Happening))
)


def _placed(order: Order) -> Step:
    """Step `placed`: each event with its place in the order, and the number of all."""
    newest = order is Order.NEWEST
    way, unknown = ("DESC", "LAST") if newest else ("ASC", "FIRST")
    in_order = f"occurred_at {way} NULLS {unknown}, {_RANK} {way}, event_id {way}"
    return Step(
        "placed",
        f"""
        SELECT kept_happenings.*, row_number() OVER (ORDER BY {in_order}) AS place,
            count(*) OVER () AS events
        FROM kept_happenings
        """,
    )


def _page(limit: int, offset: int) -> Step:
    after, last = int(offset), int(offset) + int(limit)
    return Step("page", f"SELECT * FROM placed WHERE place > {after} AND place <= {last}")
