"""Journeys of a group: the most common, where each event leads, and the time between events."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from metrics.attribution.conversion_paths.common import paths_of
from metrics.attribution.conversion_paths.first_touches import FIRST, Next, first_touches_of
from metrics.journeys.event_log import SeenJourneys, seen_journeys
from metrics.rates import ratio
from metrics.scope import Dimension, Scope

Events = Annotated[pl.List, pl.String]

END = "end"
"""Where a journey leads after its last event so far."""


class JourneyVariant(pa.DataFrameModel):
    """One row per variant, the most common first, of equal ones the one with more won.

    `variant` holds the events in order, each as often as it is not its own successor; it is empty
    for leads without an event. `won` leads are part of `leads`, `share` is of all leads.
    `days_median` is from the first event to the last so far, null without an event. Rows add up to
    all leads.
    """

    rank: int = pa.Field(ge=1)
    variant: Events
    events: int = pa.Field(ge=0)
    leads: int = pa.Field(ge=1)
    share: float = pa.Field(ge=0, le=1)
    won: int = pa.Field(ge=0)
    won_share: float = pa.Field(ge=0, le=1)
    days_median: float = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["rank"]


class JourneyFlow(pa.DataFrameModel):
    """One row per place, event and what comes next, in order of places; the largest first.

    `place` counts the events of a journey from 1 to 5. `leads_to` is another event, `next_event` at
    the next place; the journey's end so far; or events later than the last place that is followed.
    What reaches a place and event is what leaves it; the rows of place 1 add up to the leads that
    have an event, and so do all rows that lead to no event.
    """

    place: int = pa.Field(ge=1, le=FIRST)
    event: str
    leads_to: str = pa.Field(isin=["event", END, Next.LATER.value])
    next_event: str = pa.Field(nullable=True)
    leads: int = pa.Field(ge=1)
    won: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per link."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["place", "event", "leads_to", "next_event"]


class TimeBetween(pa.DataFrameModel):
    """One row per two events that follow one another, the most frequent first.

    `times` counts how often, `leads` of how many leads. `days_median` and `days_90` are the time
    between them in days of 24 hours; 9 of 10 times it is no longer than `days_90`.
    """

    event: str
    next_event: str
    times: int = pa.Field(ge=1)
    leads: int = pa.Field(ge=1)
    days_median: float = pa.Field(ge=0)
    days_90: float = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per pair."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["event", "next_event"]


def journey_variants(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.CHANNEL
) -> DataFrame[JourneyVariant]:
    """Which journeys do leads most often take, and how many of each are won?

    Of the leads that came in within the period; see `seen_journeys`. Basis, unit and counting make
    no difference. Young leads have short journeys: a variant is how far leads have come so far.
    """
    return variants_of(seen_journeys(warehouse, scope, by=by))


def journey_flows(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.CHANNEL
) -> DataFrame[JourneyFlow]:
    """With which events do journeys of leads begin, and where do these lead?

    Of the leads that came in within the period; see `seen_journeys`. Basis, unit and counting make
    no difference.
    """
    return flows_of(seen_journeys(warehouse, scope, by=by))


def times_between(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.CHANNEL
) -> DataFrame[TimeBetween]:
    """How long is it from one event of a lead's journey to the next?

    Of the leads that came in within the period; see `seen_journeys`. Basis, unit and counting make
    no difference. Only those that went on are in it: leads still waiting for the next event would
    make the times longer.
    """
    return times_of(seen_journeys(warehouse, scope, by=by))


def variants_of(seen: SeenJourneys) -> DataFrame[JourneyVariant]:
    """Which journeys do leads most often take?"""
    found = (
        paths_of(seen.paths)
        .rename({"path": "variant", "length": "events", "conversions": "leads", "worth": "won"})
        .with_columns(won_share=ratio(pl.col("won").cast(pl.Int64), pl.col("leads")))
        .select(list(columns(JourneyVariant)))
        .cast(pl.Schema(columns(JourneyVariant)))
    )
    return JourneyVariant.validate(found, lazy=True)


def flows_of(seen: SeenJourneys) -> DataFrame[JourneyFlow]:
    """With which events do journeys begin, and where do these lead?"""
    words = {Next.TOUCH.value: "event", Next.CONVERSION.value: END}
    names = {"segment": "event", "next_segment": "next_event", "conversions": "leads"}
    found = (
        first_touches_of(seen.paths)
        .rename({**names, "worth": "won"})
        .with_columns(pl.col("leads_to").replace(words))
        .select(list(columns(JourneyFlow)))
        .cast(pl.Schema(columns(JourneyFlow)))
    )
    return JourneyFlow.validate(found, lazy=True)


def times_of(seen: SeenJourneys) -> DataFrame[TimeBetween]:
    """How long is it from one event to the next? Quantiles are linear between two times."""
    ordered = seen.events.sort("subject_id", "place")
    after = pl.col("happened_at").shift(-1).over("subject_id") - pl.col("happened_at")
    days = after.dt.total_microseconds() / 86_400_000_000
    found = (
        ordered.with_columns(next_event=pl.col("segment").shift(-1).over("subject_id"), days=days)
        .drop_nulls("next_event")
        .group_by("next_event", event="segment")
        .agg(
            times=pl.len(),
            leads=pl.col("subject_id").n_unique(),
            days_median=pl.col("days").median(),
            days_90=pl.col("days").quantile(0.9, "linear"),
        )
        .sort("times", "event", "next_event", descending=[True, False, False])
        .select(list(columns(TimeBetween)))
        .cast(pl.Schema(columns(TimeBetween)))
    )
    return TimeBetween.validate(found, lazy=True)
