"""The event funnel: from the list to the opportunity, event by event."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query
from metrics.plan.events.asked import filtered_columns
from metrics.plan.events.outcomes import counted_steps
from metrics.plan.events.records import HIGH_VALUE_DAYS, OPPORTUNITY_DAYS
from metrics.scope import Dimension, Scope


class EventStep(StrEnum):
    """The steps of an event or campaign, in order."""

    LISTED = "listed"
    VALID_CONTACT = "valid_contact"
    REACHED = "reached"
    REGISTERED = "registered"
    ATTENDED = "attended"
    HIGH_VALUE = "high_value"
    OPPORTUNITY = "opportunity"

    @property
    def label(self) -> str:
        """The step as people write it.

        >>> EventStep.VALID_CONTACT.label
        'Valid contact'
        """
        return self.value.replace("_", " ").capitalize()


_COUNTS = ("mails", "calls", *EventStep)


class Method(StrEnum):
    """How a person was invited.

    UNINVITED came although the event's list has not the person; UNKNOWN is everyone of an event
    that has no list.
    """

    EMAIL = "email"
    CALL = "call"
    BOTH = "both"
    UNINVITED = "uninvited"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """The method as people write it."""
        return _METHODS[self]


_METHODS = {
    Method.EMAIL: "E-mail",
    Method.CALL: "Call",
    Method.BOTH: "E-mail and call",
    Method.UNINVITED: "Not invited",
    Method.UNKNOWN: "Not recorded",
}

INVITED = (Method.EMAIL, Method.CALL, Method.BOTH, Method.UNKNOWN)
"""Whose rates a plan learns from, unless it is asked for one method: all but who just came."""


class EventSteps(pa.DataFrameModel):
    """One row per campaign, method of invitation and segment.

    The columns of the steps count people who took the step or a later one. What the data cannot
    tell is null, and `unknown` says why, step by step. `mails` and `calls` are how often they were
    written to or called. `cost_amount` is spent on the campaign as a whole, in the base currency,
    and stands on each of its rows; null where nothing is recorded or something has no price.
    """

    campaign_id: str
    campaign: str
    kind: str
    starts_on: pl.Date
    ends_on: pl.Date
    is_running: bool
    method: str = pa.Field(isin=[each.value for each in Method])
    segment: str
    mails: int = pa.Field(ge=0)
    calls: int = pa.Field(ge=0)
    listed: int = pa.Field(ge=0, nullable=True)
    valid_contact: int = pa.Field(ge=0, nullable=True)
    reached: int = pa.Field(ge=0, nullable=True)
    registered: int = pa.Field(ge=0, nullable=True)
    attended: int = pa.Field(ge=0, nullable=True)
    high_value: int = pa.Field(ge=0, nullable=True)
    opportunity: int = pa.Field(ge=0, nullable=True)
    unknown: str = pa.Field(nullable=True)
    cost_amount: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, and one row of each kind."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "method", "segment"]


def event_steps(warehouse: Warehouse, scope: Scope, by: Dimension | None) -> DataFrame[EventSteps]:
    """How many people took each step of each event and campaign, by how they were invited?

    Of campaigns that have a day in the period: everyone who was written to or called for it, or who
    registered or came. Days are those of UTC, until the scope's last observed one. On the list is
    who was sent an e-mail or called; a valid contact got one, or has a number that can be called;
    reached is who opened, clicked, answered or talked. High value are the actions that the
    definitions call so, other than coming, within 30 days of coming; an opportunity is one opened
    within 90 days of it. Where nobody's attendance is recorded, these days begin with registering,
    else with being reached. An opportunity counts once per event, for the person of its primary
    lead, else for the first who came of its account. Actions of visitors that nobody knows do not
    count.

    A person's segment is that of the earliest lead, `Unassigned` without one. With a filter or a
    restriction only people whose earliest lead passes it are counted.
    """
    counted = warehouse.query(Query(*counted_steps(scope, by)))
    return EventSteps.validate(_told(_passing(counted, scope)), lazy=True)


def _passing(counted: pl.DataFrame, scope: Scope) -> pl.DataFrame:
    """The counts of those who pass the scope's filters, added up."""
    if not scope.filters:
        return counted
    names = filtered_columns(scope)
    found = counted.filter(
        each.holds(pl.col(f"filtered_{each.dimension.value}")) for each in scope.filters
    )
    apart = [name for name in counted.columns if name not in (*names, *_COUNTS)]
    return found.group_by(apart).agg(pl.col(_COUNTS).sum())


def _told(counted: pl.DataFrame) -> pl.DataFrame:
    """Counts that the data cannot tell become null, with a reason each."""
    reasons = {step: unknown_because(step) for step in EventStep}
    named = [
        pl.when(reason.is_not_null()).then(pl.format(f"{step.label}: {{}}", reason))
        for step, reason in reasons.items()
    ]
    told = counted.with_columns(
        *(
            pl.when(reason.is_null()).then(pl.col(step.value)).alias(step.value)
            for step, reason in reasons.items()
        ),
        pl.col("cost_amount").cast(pl.Float64),
        pl.concat_str(named, separator="; ", ignore_nulls=True).replace("", None).alias("unknown"),
    )
    return told.select(*EventSteps.to_schema().columns).sort(
        "starts_on", "campaign_id", "method", "segment"
    )


def unknown_because(step: EventStep) -> pl.Expr:
    """Why the count of a step is unknown; null where it is known.

    Of rows with the method and the `EVENT_COLUMNS` of an event.
    """
    method = pl.col("method")
    no_list = _because(method == "unknown", "no e-mail sent and no call is recorded")
    uninvited = _because(method == "uninvited", "not among those written to or called")
    by_mail = method.is_in(["email", "both"])
    followed = pl.col("followed_days")
    reached = [
        uninvited,
        _because((method == "unknown") & (pl.col("has_reached") == 0), "not recorded"),
        _because(by_mail & ~pl.col("knows_opens"), "opens and clicks are not recorded"),
    ]
    unfollowed = _because(
        ~pl.col("knows_attended")
        & (pl.col("has_registered") == 0)
        & pl.coalesce(reached).is_not_null(),
        "whom it would have followed is not recorded",
    )
    found = {
        EventStep.LISTED: [no_list, uninvited],
        EventStep.VALID_CONTACT: [
            no_list,
            uninvited,
            _because(
                by_mail & (pl.col("has_fates") + pl.col("kind_fates") == 0),
                "neither deliveries nor bounces are recorded",
            ),
        ],
        EventStep.REACHED: reached,
        EventStep.REGISTERED: [
            _because(~pl.col("knows_registered"), "no registration is recorded")
        ],
        EventStep.ATTENDED: [
            _because(
                ~pl.col("knows_attended") & pl.col("is_running") & (pl.col("has_registered") == 1),
                "has not taken place",
            ),
            _because(~pl.col("knows_attended"), "no attendance is recorded"),
        ],
        EventStep.HIGH_VALUE: [
            _because(pl.col("tells_value") == 0, "no action of high value is recorded at all"),
            unfollowed,
            _because(followed < HIGH_VALUE_DAYS, f"ended under {HIGH_VALUE_DAYS} days ago"),
        ],
        EventStep.OPPORTUNITY: [
            _because(pl.col("tells_deals") == 0, "no opportunity is loaded"),
            unfollowed,
            _because(followed < OPPORTUNITY_DAYS, f"ended under {OPPORTUNITY_DAYS} days ago"),
        ],
    }
    return pl.coalesce(found[step])


def _because(condition: pl.Expr, reason: str) -> pl.Expr:
    return pl.when(condition).then(pl.lit(reason))
