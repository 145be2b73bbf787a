"""The work list: MQLs that wait for sales, and leads that were to come back, by who has them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.handed_over import handed_over_steps, require_told
from metrics.scope import Scope

WHY = {
    "overdue": "No response, and the deadline is over",
    "waiting": "No response yet, within the deadline",
    "no calendar": "No response, and its country has no calendar",
    "recycle": "Was to be called again",
}
"""Why a lead is on the list, by what is the matter with it."""


class WorkItem(pa.DataFrameModel):
    """One row per lead episode that somebody is to do something about, the longest overdue first.

    `responsible` is who got it last and did not reject it, else the lead's owner. `due_on` is the
    day of the deadline, or on which the lead was to come back. `overdue_days` are calendar days
    since, 0 where it is not over, and null without a deadline. `waited_hours` are working hours
    without a response. `is_shared`: it is with two owners at once.
    """

    responsible: str
    lead_id: str
    episode: int = pa.Field(ge=1)
    account: str = pa.Field(nullable=True)
    matter: str = pa.Field(isin=list(WHY))
    why: str
    due_on: pl.Date = pa.Field(nullable=True)
    overdue_days: int = pa.Field(ge=0, nullable=True)
    waited_hours: float = pa.Field(ge=0, nullable=True)
    mql_on: pl.Date
    channel: str
    region: str
    country: str
    tier: str
    score: float = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    next_action: str = pa.Field(nullable=True)
    is_shared: bool

    class Config:
        """Exactly these columns, one row per lead episode."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["lead_id", "episode"]


def work_list(warehouse: Warehouse, scope: Scope) -> DataFrame[WorkItem]:
    """Which leads wait for sales, with whom are they, why, and how overdue is each?

    MQLs handed over in the period without a response by the last day observed, and those whose
    feedback said to come back by a day that is over, and that did not qualify since. Raises
    MetricError as `require_told` does.
    """
    require_told(warehouse)
    found = warehouse.query(Query(*handed_over_steps(scope), *_ITEMS))
    rows = found.with_columns(
        why=pl.col("matter").replace_strict(WHY, return_dtype=pl.String),
        waited_hours=pl.col("waited_seconds") / 3600,
        overdue_days=pl.when(pl.col("due_on").is_not_null()).then(
            (pl.col("observed_until") - pl.col("due_on")).dt.total_days().clip(0)
        ),
    ).sort(
        "overdue_days", "waited_hours", "lead_id", "episode",
        descending=[True, True, False, False], nulls_last=True,
    )  # fmt: skip
    return WorkItem.validate(rows.select(list(WorkItem.to_schema().columns)), lazy=True)


_ITEMS = (
    Step(
        "open_items",
        """
        SELECT handed_over.*,
            CASE WHEN is_responded = 1 THEN 'recycle' ELSE state END AS matter,
            CASE WHEN is_responded = 1 THEN recycle_on ELSE deadline_on END AS due_on
        FROM handed_over
        WHERE is_responded = 0
            OR (recycle_on <= observed_until AND reason_on <= observed_until
                AND (again_on IS NULL OR again_on > observed_until))
        """,
    ),
    Step(
        "items",
        """
        SELECT responsible, open_items.lead_id, open_items.episode, account.name AS account,
            matter, due_on, CASE WHEN is_responded = 0 THEN waited_seconds END AS waited_seconds,
            mql_on, observed_until, channel, open_items.region, open_items.country, tier, score,
            reason, next_action, is_shared
        FROM open_items
        LEFT JOIN account ON account.account_id = open_items.account_id
        """,
    ),
)
