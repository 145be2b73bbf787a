"""Contract of the derived table of the pipeline: every change of what a deal adds to it."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.schema.contract import Contract, Money, Timestamp
from data.schema.frames import pa


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
