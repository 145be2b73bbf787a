"""Registrations before an event: one to come against like ones at the same distance."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.events.flows import event_people_steps, passing
from metrics.plan.events.asked import filtered_columns
from metrics.scope import Scope

DAYS_BEFORE = 90
"""Curves begin so many days before the event."""


class Course(StrEnum):
    """How registrations of an event to come stand against like events at the same distance."""

    AHEAD = "more than at any similar event"
    WITHIN = "within similar events"
    BEHIND = "fewer than at any similar event"
    ALONE = "no similar event"


class RegistrationCurve(pa.DataFrameModel):
    """One row per event and day before it, the latest event first, from early to late.

    `held_on` is the day of the event and `registered` how many had registered so many days before
    it, the day itself included. `total` is how many had on the day of the event, and `share` the
    part of them; both are null of an event to come, whose rows end at the last day observed.
    """

    campaign_id: str
    campaign: str
    kind: str
    held_on: pl.Date
    is_coming: bool
    days_before: int = pa.Field(ge=0)
    registered: int = pa.Field(ge=0)
    total: int = pa.Field(ge=1, nullable=True)
    share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns, one row per event and day."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "days_before"]


class RegistrationOutlook(pa.DataFrameModel):
    """One row per event to come, the next one first.

    `registered` so far, with `days_to_go` to the event. The `like_events` of the kind had
    `like_median` at the same distance, `like_low` to `like_high` of them all. `expected` is how
    many will have registered on its day if the rest come as at the median like event, and
    `expected_low` to `expected_high` as at any of them, of those of which anybody had registered by
    then; null without one.
    """

    campaign_id: str
    campaign: str
    kind: str
    held_on: pl.Date
    days_to_go: int = pa.Field(ge=1)
    registered: int = pa.Field(ge=0)
    like_events: int = pa.Field(ge=0)
    like_low: int = pa.Field(ge=0, nullable=True)
    like_median: float = pa.Field(ge=0, nullable=True)
    like_high: int = pa.Field(ge=0, nullable=True)
    expected: float = pa.Field(ge=0, nullable=True)
    expected_low: float = pa.Field(ge=0, nullable=True)
    expected_high: float = pa.Field(ge=0, nullable=True)
    course: str = pa.Field(isin=[each.value for each in Course])

    class Config:
        """Exactly these columns, one row per event."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id"]


def registration_curve(warehouse: Warehouse, scope: Scope) -> DataFrame[RegistrationCurve]:
    """How many had registered so many days before each event, past and to come?

    The day of an event is the first on which somebody came. Where nobody's coming is recorded, or
    not yet, it is the day that the campaign begins, and where people had registered before that
    already counts as begun, its end. Who came without registering, or registered after the day,
    does not count. Days are those of UTC.
    """
    counted = passing(_registered(warehouse, scope), scope)
    schema = pl.Schema(columns(RegistrationCurve))
    if counted.is_empty():
        return RegistrationCurve.validate(pl.DataFrame(schema=schema), lazy=True)
    event = ("campaign_id", "campaign", "kind", "held_on", "is_coming", "days_to_go")
    days = counted.group_by(*event, "days_before").agg(people=pl.col("people").sum())
    first = pl.max_horizontal(pl.lit(DAYS_BEFORE), pl.col("days_to_go"))
    last = pl.max_horizontal(pl.lit(0), pl.col("days_to_go"))
    every = (
        days.select(event)
        .unique()
        .with_columns(shown=pl.int_ranges(last, first + 1))
        .explode("shown")
    )
    rows = (
        every.join(days.select("campaign_id", "days_before", "people"), on="campaign_id")
        .group_by(*event, "shown")
        .agg(
            registered=pl.col("people").filter(pl.col("days_before") >= pl.col("shown")).sum(),
            total=pl.col("people").filter(pl.col("days_before") >= 0).sum(),
        )
        .with_columns(
            total=pl.when(~pl.col("is_coming")).then("total"),
            days_before=pl.col("shown"),
        )
        .filter(pl.col("is_coming") | (pl.col("total") > 0))
        .with_columns(share=pl.col("registered") / pl.col("total"))
        .sort("held_on", "campaign_id", "shown", descending=[True, False, True])
    )
    return RegistrationCurve.validate(rows.select(list(schema)).cast(schema), lazy=True)


def registration_outlook(warehouse: Warehouse, scope: Scope) -> DataFrame[RegistrationOutlook]:
    """Do registrations of the events to come run ahead of like events, and how many will there be?

    Like events are those of the kind that have taken place and had registrations. A range of a few
    of them is what they had, and no interval of what may come.
    """
    curve = registration_curve(warehouse, scope)
    coming = (
        curve.filter("is_coming")
        .group_by("campaign_id")
        .agg(
            pl.col("campaign", "kind", "held_on").first(),
            days_to_go=pl.col("days_before").min(),
            registered=pl.col("registered").max(),
        )
    )
    like = curve.filter(~pl.col("is_coming")).select(
        "kind", like_id="campaign_id", days_to_go="days_before", had="registered", share="share"
    )
    rows = (
        coming.join(like, on=["kind", "days_to_go"], how="left")
        .with_columns(
            brought=pl.when((pl.col("share") > 0) & (pl.col("registered") > 0)).then(
                pl.col("registered") / pl.col("share")
            )
        )
        .group_by("campaign_id", "campaign", "kind", "held_on", "days_to_go", "registered")
        .agg(
            like_events=pl.col("like_id").count().cast(pl.Int64),
            like_low=pl.col("had").min(),
            like_median=pl.col("had").median(),
            like_high=pl.col("had").max(),
            expected=pl.col("brought").median(),
            expected_low=pl.col("brought").min(),
            expected_high=pl.col("brought").max(),
        )
        .with_columns(
            course=pl.when(pl.col("like_events") == 0)
            .then(pl.lit(Course.ALONE.value))
            .when(pl.col("registered") > pl.col("like_high"))
            .then(pl.lit(Course.AHEAD.value))
            .when(pl.col("registered") < pl.col("like_low"))
            .then(pl.lit(Course.BEHIND.value))
            .otherwise(pl.lit(Course.WITHIN.value))
        )
        .sort("held_on", "campaign_id")
    )
    return RegistrationOutlook.validate(
        rows.select(list(RegistrationOutlook.to_schema().columns)), lazy=True
    )


def _registered(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    """People by event, its day, and the days before it on which they registered."""
    carried = filtered_columns(scope)
    filtered = "".join(f"event_people.{name}, " for name in carried)
    event = "campaign_id, campaign, kind, held_on, is_coming, days_to_go"
    names = "".join(f"{name}, " for name in carried)
    return warehouse.query(
        Query(
            *event_people_steps(scope, None),
            Step(
                "first_days",
                """
                SELECT campaign_id, min(CAST(registered_at AS DATE)) AS registered_on,
                    min(CAST(attended_at AS DATE)) AS attended_on
                FROM known_people
                GROUP BY campaign_id
                """,
            ),
            Step(
                "registered_people",
                f"""
                SELECT {filtered}event_people.campaign_id, event_people.campaign,
                    event_people.kind, event_people.observed_until,
                    coalesce(first_days.attended_on,
                        CASE WHEN event_people.starts_on > first_days.registered_on
                            THEN event_people.starts_on ELSE event_people.ends_on END) AS held_on,
                    CAST(event_people.registered_at AS DATE) AS registered_on
                FROM event_people
                JOIN first_days ON first_days.campaign_id = event_people.campaign_id
                WHERE event_people.registered_at IS NOT NULL
                """,
            ),
            Step(
                "placed_people",
                """
                SELECT registered_people.*, held_on > observed_until AS is_coming,
                    date_diff('day', observed_until, held_on) AS days_to_go,
                    date_diff('day', registered_on, held_on) AS days_before
                FROM registered_people
                """,
            ),
            Step(
                "registrations",
                f"""
                SELECT {event}, {names}days_before, count(*) AS people
                FROM placed_people
                GROUP BY {event}, {names}days_before
                """,
            ),
        )
    )
