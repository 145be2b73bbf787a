"""Contracts of derived tables of what sales does: follow-up, dispatch, the pipeline's changes."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Money, Timestamp
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
    difference. `responded_by` is how sales responded first; `is_day_only` says that its hour is not
    known, and its clock reading is that of the day's close. `responsible` got the lead last and did
    not reject it, else it is the lead's owner; `team` is theirs. `is_shared` says that two owners
    had it at once.
    `answer` is the last one to an assignment, `answer_reason` that of a rejection as written, its
    name null where the definitions do not know it.
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
    lead_on: pl.Date = pa.Field(nullable=True)
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
    is_day_only: bool
    response_work_seconds: int = pa.Field(nullable=True, ge=0)
    assignments: int = pa.Field(ge=0)
    assigned_at: Timestamp = pa.Field(nullable=True)
    assigned_on: pl.Date = pa.Field(nullable=True)
    route: str = pa.Field(nullable=True)
    responsible: str
    team: str
    is_shared: bool
    answer: str = pa.Field(nullable=True, isin=ANSWERS)
    answered_on: pl.Date = pa.Field(nullable=True)
    answer_reason: str = pa.Field(nullable=True)
    answer_reason_name: str = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    reason_on: pl.Date = pa.Field(nullable=True)
    reason_name: str = pa.Field(nullable=True)
    reason_kind: str = pa.Field(nullable=True)
    next_action: str = pa.Field(nullable=True)
    recycle_on: pl.Date = pa.Field(nullable=True)
    again_on: pl.Date = pa.Field(nullable=True)
    won_again_on: pl.Date = pa.Field(nullable=True)


class Dispatch(Segmented):
    """One row per lead and time at which it was given to somebody, and one before the first.

    `place` counts them; at place 0 nobody had the lead yet. It lay there from `since_at` (UTC),
    `since_on` in the reporting time zone, to `until_on`, the day on which it was given on, null
    where it still is. `seller` is whom it was given to, null where the file names nobody.
    `answer` is the first of accepted, rejected and moved on (it became an SQL or later),
    on `answered_on`. The columns in `work_seconds` are read on the clock of the lead's `calendar`
    (`working_day`) at those moments, null at place 0 and without a calendar. Days of
    stages are the lead's first entries, `exit_on` that of its last episode. `account_group`, 0 to
    255, keeps the leads of an account together where shares are drawn again. The table is empty
    where no assignment is loaded.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "place"]

    lead_id: str
    place: int = pa.Field(ge=0)
    account_group: int = pa.Field(ge=0, le=255)
    lead_on: pl.Date = pa.Field(nullable=True)
    since_at: Timestamp = pa.Field(nullable=True)
    since_on: pl.Date = pa.Field(nullable=True)
    until_on: pl.Date = pa.Field(nullable=True)
    route: str = pa.Field(nullable=True)
    seller: str = pa.Field(nullable=True)
    answered_on: pl.Date = pa.Field(nullable=True)
    answer: str = pa.Field(nullable=True, isin=("accepted", "rejected", "moved on"))
    reason: str = pa.Field(nullable=True)
    calendar: str = pa.Field(nullable=True)
    since_work_seconds: int = pa.Field(nullable=True, ge=0)
    answered_work_seconds: int = pa.Field(nullable=True, ge=0)
    until_work_seconds: int = pa.Field(nullable=True, ge=0)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)


class PlannedAction(Segmented):
    """One row per next action on a lead or company.

    Segments are those of the lead's last episode, or of the company's first lead. `responsible` is
    who is to do it, else the lead's owner; `team` is theirs. It is due on `due_on`, null where no
    day is named, and was done on `done_on`. `reason` is the feedback that called for it, as the
    definitions name it where they know it.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["action_id"]

    action_id: str
    subject_kind: str = pa.Field(isin=("lead", "account"))
    lead_id: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    kind: str
    reason: str
    responsible: str
    team: str
    due_on: pl.Date = pa.Field(nullable=True)
    done_on: pl.Date = pa.Field(nullable=True)
    result: str = pa.Field(nullable=True)


class PipelineChange(Contract):
    """One row per change of a deal's amount, due day or stage, its opening and its closing.

    `place` counts a deal's rows from 1: by moment, then amount, due day, stage. Between two rows
    nothing changes, so what follows a row is what the next one replaces. A deal is open from
    `opened`, its first row, up to `closed`, its last; one that is open has no such row. The day it
    is due is `expected_close_on`, and that of its closing once it is closed. Amounts are in the
    base currency at the deal's own rate.

    What was so when the deal was opened is what is told of that day, else what the first change
    replaces, else what the record says now. `is_untold` marks the row of a closing that is the
    first to tell when the deal was due. Deals without a day of opening (open ones) or of closing
    (closed ones) have no row.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["opportunity_id", "place"]

    opportunity_id: str
    place: int = pa.Field(ge=1)
    changed_at: Timestamp
    changed_on: pl.Date
    what: str = pa.Field(isin=("opened", "amount", "due", "stage", "closed"))
    is_untold: bool
    amount_before: Money = pa.Field(nullable=True)
    amount_after: Money = pa.Field(nullable=True)
    due_before_on: pl.Date = pa.Field(nullable=True)
    due_after_on: pl.Date = pa.Field(nullable=True)
    stage_before: str = pa.Field(nullable=True)
    stage_after: str = pa.Field(nullable=True)
