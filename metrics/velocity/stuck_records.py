"""What is stuck: open for longer than nearly all of those who went on."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope, Stage
from metrics.velocity.curves import step_curves
from metrics.velocity.standing import standing_steps

SHARE = 0.95
"""Open for longer than this share of those who went on needed."""

RECORD_LIMIT = 10_000


class StuckRecord(pa.DataFrameModel):
    """One row per lead, account or deal that is stuck, the longest over its usual time first.

    `days` are those in its `stage`, `usual_days` those within which 95% of those who went on from
    it had; `why` says both in words. `owner` is null where none is recorded.
    """

    record_id: str
    account: str = pa.Field(nullable=True)
    owner: str = pa.Field(nullable=True)
    stage: str = pa.Field(isin=[stage.value for stage in Stage])
    since_on: pl.Date
    days: int = pa.Field(ge=0)
    usual_days: float = pa.Field(ge=0)
    why: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def stuck_records(
    warehouse: Warehouse, scope: Scope, limit: int = RECORD_LIMIT
) -> DataFrame[StuckRecord]:
    """What is open for longer than 95% of those who went on needed, and whose is it?

    At most `limit` records open on the last day observed, whatever the period, against those that
    reached the stage in the period. A stage from which fewer than five went on has none.
    """
    usual = {
        step.way[0].value: days
        for step in step_curves(warehouse, scope)[: len(scope.unit.stages) - 1]
        if (days := step.days(SHARE)) is not None
    }
    if not usual:
        return StuckRecord.validate(pl.DataFrame(schema=columns(StuckRecord)), lazy=True)
    bounds = " ".join(f"WHEN '{stage}' THEN {float(most)!r}e0" for stage, most in usual.items())
    found = warehouse.query(
        Query(
            *standing_steps(scope),
            Step(
                "usual", f"SELECT standing.*, CASE stage {bounds} END AS usual_days FROM standing"
            ),
            Step(
                "stuck",
                f"""
                SELECT record_id, coalesce(account.name, usual.account_id) AS account,
                    usual.owner, stage, since_on, age_days AS days, usual_days
                FROM usual
                LEFT JOIN account ON account.account_id = usual.account_id
                WHERE age_days > usual_days
                ORDER BY age_days - usual_days DESC, record_id
                LIMIT {int(limit)}
                """,
            ),
        )
    )
    words = {stage.value: stage.label for stage in Stage}
    told = found.with_columns(
        why=pl.format(
            "{} days as {}; 95% of those who went on had within {}",
            "days",
            pl.col("stage").replace_strict(words, return_dtype=pl.String),
            pl.col("usual_days").cast(pl.Int64),
        )
    ).sort(pl.col("days") - pl.col("usual_days"), "record_id", descending=[True, False])
    return StuckRecord.validate(told, lazy=True)
