"""Contracts of follow-up: to whom a lead was given, what they said, and what is to be done next."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Timestamp
from data.schema.frames import pa


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
