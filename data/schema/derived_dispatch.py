"""Contract of the derived table of dispatch: who had a lead from when to when."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Timestamp
from data.schema.derived import Segmented
from data.schema.frames import pa


class Dispatch(Segmented):
    """One row per lead and time at which it was given to somebody, and one before the first.

    `place` counts them; at place 0 nobody had the lead yet. It lay there from `since_at` (UTC),
    `since_on` in the reporting time zone, to `until_on`, the day on which it was given on, null
    where it still is. `seller` is whom it was given to, null where the file names nobody.
    `answer` is the first of accepted, rejected and moved on (it became an SQL or later),
    on `answered_on`; `held_hours` pass until then, or until it was given on unanswered. Days of
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
    held_hours: int = pa.Field(nullable=True, ge=0)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_on: pl.Date = pa.Field(nullable=True)
