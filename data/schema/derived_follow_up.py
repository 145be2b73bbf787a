"""Contracts of the derived tables of follow-up: working time, and MQLs that sales were handed."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Timestamp
from data.schema.derived import Segmented
from data.schema.frames import pa

RESPONSES = ("contact", "accepted", "rejected", "action", "stage", "exit")
"""By what sales respond: a contact with the person, and what else the definitions count."""

ANSWERS = ("accepted", "rejected")


class WorkingDay(Contract):
    """One row per calendar of the definitions and day, without a gap, also of days off.

    `work_seconds_before` is the working time from the calendar's first day up to this one. Between
    `opens_second` and `closes_second` of a day that `is_working`, in the calendar's time zone, it
    grows. The difference of two moments is the working time between them.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["calendar", "day_on"]

    calendar: str
    day_on: pl.Date
    is_working: bool
    work_seconds_before: int = pa.Field(ge=0)
    opens_second: int = pa.Field(ge=0, le=86400)
    closes_second: int = pa.Field(ge=0, le=86400)


class FollowUp(Segmented):
    """One row per lead episode that entered MQL: what was due, and what sales did.

    An episode that only a later stage says to be an MQL was never handed over and is not here.
    `calendar` is null where the lead's country has none; then there is no deadline. The columns in
    `work_seconds` are read on that calendar's clock (`working_day`): the response took their
    difference. `responded_by` is how sales responded first. `responsible` got the lead last and did
    not reject it, else it is the lead's owner. `is_shared` says that two owners had it at once.
    `reason` is the newest feedback as written: `reason_name`, `reason_kind`, `next_action` and
    `recycle_on` are null where the definitions do not know it. `again_on` is when the lead
    qualified after that feedback, `won_again_on` when it was won. Days (`*_on`) are those of the
    reporting time zone.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "episode"]

    lead_id: str
    episode: int = pa.Field(ge=1)
    person_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    score: float = pa.Field(nullable=True)
    mql_at: Timestamp
    mql_on: pl.Date
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
    calendar: str = pa.Field(nullable=True)
    mql_work_seconds: int = pa.Field(nullable=True, ge=0)
    deadline_at: Timestamp = pa.Field(nullable=True)
    deadline_on: pl.Date = pa.Field(nullable=True)
    responded_at: Timestamp = pa.Field(nullable=True)
    responded_on: pl.Date = pa.Field(nullable=True)
    responded_by: str = pa.Field(nullable=True, isin=RESPONSES)
    response_work_seconds: int = pa.Field(nullable=True, ge=0)
    assignments: int = pa.Field(ge=0)
    assigned_at: Timestamp = pa.Field(nullable=True)
    assigned_on: pl.Date = pa.Field(nullable=True)
    route: str = pa.Field(nullable=True)
    responsible: str
    is_shared: bool
    answer: str = pa.Field(nullable=True, isin=ANSWERS)
    answered_on: pl.Date = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    reason_on: pl.Date = pa.Field(nullable=True)
    reason_name: str = pa.Field(nullable=True)
    reason_kind: str = pa.Field(nullable=True)
    next_action: str = pa.Field(nullable=True)
    recycle_on: pl.Date = pa.Field(nullable=True)
    again_on: pl.Date = pa.Field(nullable=True)
    won_again_on: pl.Date = pa.Field(nullable=True)
