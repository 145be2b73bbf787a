"""Contracts of optional canonical tables: experiments, follow-up, paths, and ends of records."""

from __future__ import annotations

from typing import Annotated, ClassVar

import polars as pl

from data.references import SYSTEM
from data.schema.contract import RECORDS, Contract, Money, Timestamp
from data.schema.frames import pa

Weight = Annotated[pl.Decimal, 18, 6]

MOST_TOUCHES = 1000
"""The greatest position that a touch of a path may have, and so the most touches of a list."""


class Path(Contract):
    """One row per path or journey of a system, with what came of it.

    `conversions` are the conversions that came by this path, `nulls` the journeys by it that did
    not convert; both may be parts of one, as weights are. `value_amount` is the worth of all its
    conversions together, in `currency`, which is the base currency where it is missing: a path has
    no day whose exchange rate would hold.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "path_id"]

    source_system: str = pa.Field(str_matches=SYSTEM)
    path_id: str
    conversions: Weight = pa.Field(ge=0)
    value_amount: Weight = pa.Field(nullable=True, ge=0)
    currency: str = pa.Field(nullable=True, str_matches=r"^[A-Z]{3}$")
    nulls: Weight = pa.Field(nullable=True, ge=0)
    load_id: str


class PathTouch(Contract):
    """One row per touch of a path; `position` orders the touches, and gaps in it mean nothing."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["source_system", "path_id", "position"]

    source_system: str = pa.Field(str_matches=SYSTEM)
    path_id: str
    position: int = pa.Field(ge=0, le=MOST_TOUCHES)
    channel: str
    campaign: str = pa.Field(nullable=True)
    content: str = pa.Field(nullable=True)
    load_id: str


class Experiment(Contract):
    """One row per experiment with a channel, by people or by regions.

    `spend_amount`, in the base currency, is what was spent on the test arm and not on the control.
    `outcome` is what is counted, MQLs where it is not told, from `starts_on` to `counts_until`, or
    to `ends_on` where that is not told: deals take longer than an experiment.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["experiment_id"]

    experiment_id: str
    name: str = pa.Field(nullable=True)
    channel: str
    kind: str = pa.Field(isin=("persons", "regions"))
    starts_on: pl.Date
    ends_on: pl.Date
    outcome: str = pa.Field(
        nullable=True, isin=("lead", "mql", "sql", "opportunity", "won", "revenue")
    )
    counts_until: pl.Date = pa.Field(nullable=True)
    spend_amount: Money = pa.Field(nullable=True, ge=0)
    load_id: str


class ExperimentArm(Contract):
    """One row per person or region of an experiment; `member` is the person's id or the region."""

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["experiment_id", "member"]

    experiment_id: str
    member: str
    role: str = pa.Field(isin=("test", "control"))
    load_id: str


class Action(Contract):
    """One row per next action on a lead or account.

    `kind` says what is to be done, in the business's words, such as a call. It is due on the day
    `due_on`, and was done at `done_at`, with a `result`. `reason` is the feedback that called for
    it. An action without a day is due at no time; one that is not done is open.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["action_id"]

    action_id: str
    subject_kind: str = pa.Field(isin=("lead", "account"))
    subject_id: str
    kind: str
    due_on: pl.Date = pa.Field(nullable=True)
    done_at: Timestamp = pa.Field(nullable=True)
    result: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    load_id: str


class Assignment(Contract):
    """One row per lead and time at which it was given to somebody, by a route.

    A route is the way by which it is served, as the business names it: inside sales, a partner,
    self-service. Whoever got it accepts it, rejects it for a `reason`, or has not answered.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["lead_id", "assigned_at"]

    lead_id: str
    assigned_at: Timestamp
    route: str
    owner: str = pa.Field(nullable=True)
    accepted_at: Timestamp = pa.Field(nullable=True)
    rejected_at: Timestamp = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    load_id: str


class RecordEnd(Contract):
    """One row per record that its source ended, and way in which it did.

    `subject_id` is the record's id as its own table has it; of a person it is the reference to a
    record of a source system, `system:record`. What a `merged` record had belongs to `into_id` from
    then on. Which ends hold now, and which a newer file has taken back, stands in `retired_record`.
    """

    class Config(Contract.Config):
        """Key of the table."""

        unique: ClassVar[list[str]] = ["subject_kind", "subject_id", "how"]

    subject_kind: str = pa.Field(isin=RECORDS)
    subject_id: str
    how: str = pa.Field(isin=("deleted", "merged", "vanished"))
    ended_at: Timestamp = pa.Field(nullable=True)
    into_id: str = pa.Field(nullable=True)
    load_id: str
