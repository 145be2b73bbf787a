"""Recycles: leads that are to come back on a day, which are due, and what became of them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.grouping import ActionsBy, Matter
from metrics.follow_up.handed_over import require_told
from metrics.rates import ratio, wilson
from metrics.scope import Scope

STATES = ("due", "due later", "qualified again", "won")
"""Of a recycle on the last day observed."""


class Recycles(pa.DataFrameModel):
    """One row per segment, those with the most leads due first.

    Of leads to come back in the period, `came_due` = `due` + `qualified_again` + `won`: `due` did
    not qualify since, those that qualified may have done so before their day. `again_rate` is
    (qualified again + won) ÷ came due, with bounds of 95%. Beside them, whatever the period:
    `due_else` are due since other days, `due_later` come back after the last day observed.
    """

    segment: str
    came_due: int = pa.Field(ge=0)
    due: int = pa.Field(ge=0)
    qualified_again: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    again_rate: float = pa.Field(ge=0, le=1, nullable=True)
    again_low: float = pa.Field(ge=0, le=1, nullable=True)
    again_high: float = pa.Field(ge=0, le=1, nullable=True)
    due_else: int = pa.Field(ge=0)
    due_later: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


class RecycleRecord(pa.DataFrameModel):
    """One row per lead episode that `recycles` counts: those due first, the longest due on top.

    `due_days` are calendar days since it was to come back, 0 where that is yet to come and null
    where it did. `again_on` and `won_on` are null where they lie after the last day observed.
    """

    responsible: str
    team: str
    lead_id: str
    episode: int = pa.Field(ge=1)
    account: str = pa.Field(nullable=True)
    state: str = pa.Field(isin=STATES)
    reason: str
    next_action: str = pa.Field(nullable=True)
    reason_on: pl.Date
    recycle_on: pl.Date
    due_days: int = pa.Field(ge=0, nullable=True)
    again_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    channel: str
    region: str
    tier: str
    score: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per lead episode."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["lead_id", "episode"]


def recycles(
    warehouse: Warehouse, scope: Scope, by: ActionsBy = Matter.REASON
) -> DataFrame[Recycles]:
    """How many leads were to come back, and how many qualified again or were won since?

    MQLs whose newest feedback is a reason after which the definitions call a lead back, by the day
    on which it was to come back. Raises MetricError as `require_told` does. Source: Wilson (1927)
    for the bounds.
    """
    require_told(warehouse)
    counts = warehouse.query(Query(*_recycled_steps(scope), _counted(by)))
    again = pl.col("qualified_again") + pl.col("won")
    low, high = wilson(again, pl.col("came_due"))
    rows = counts.with_columns(
        again_rate=ratio(again, pl.col("came_due")), again_low=low, again_high=high
    ).sort("due", "came_due", "due_later", "segment", descending=[True, True, True, False])
    return Recycles.validate(rows.select(list(Recycles.to_schema().columns)), lazy=True)


def recycle_records(warehouse: Warehouse, scope: Scope) -> DataFrame[RecycleRecord]:
    """Which leads are due to be called again, which later, and which came back?

    Raises MetricError as `require_told` does.
    """
    require_told(warehouse)
    found = warehouse.query(Query(*_recycled_steps(scope), _LISTED))
    order = {name: place for place, name in enumerate(STATES)}
    rows = found.with_columns(
        due_days=pl.when(pl.col("state").is_in(["due", "due later"])).then(
            (pl.col("observed_until") - pl.col("recycle_on")).dt.total_days().clip(0)
        )
    ).sort(
        pl.col("state").replace_strict(order, return_dtype=pl.Int64),
        "recycle_on", "lead_id", "episode",
    )  # fmt: skip
    return RecycleRecord.validate(rows.select(list(RecycleRecord.to_schema().columns)), lazy=True)


def _recycled_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `recycled`: recycles that count in a scope, with `state` and `is_in_period`."""
    return (
        scope.step("follow_up"),
        Step(
            "placed",
            """
            SELECT scoped.*,
                CASE WHEN again_on <= observed_until AND won_again_on <= observed_until THEN 'won'
                    WHEN again_on <= observed_until THEN 'qualified again'
                    WHEN recycle_on <= observed_until THEN 'due'
                    ELSE 'due later' END AS state,
                CASE WHEN recycle_on BETWEEN period_start AND period_end THEN 1 ELSE 0 END
                    AS is_in_period
            FROM scoped
            WHERE recycle_on IS NOT NULL AND mql_on <= observed_until
                AND reason_on <= observed_until
            """,
        ),
        Step(
            "recycled",
            """
            SELECT placed.*
            FROM placed
            WHERE is_in_period = 1 OR state IN ('due', 'due later')
            """,
        ),
    )


def _counted(by: ActionsBy) -> Step:
    name = "reason_name" if by is Matter.REASON else by.value
    if by is Matter.KIND:
        name = "coalesce(next_action, 'Unassigned')"
    counts = {
        "came_due": "is_in_period = 1 AND state <> 'due later'",
        "due": "is_in_period = 1 AND state = 'due'",
        "qualified_again": "state = 'qualified again'",
        "won": "state = 'won'",
        "due_else": "is_in_period = 0 AND state = 'due'",
        "due_later": "state = 'due later'",
    }
    told = ", ".join(
        f"count(CASE WHEN {condition} THEN 1 END) AS {column}"
        for column, condition in counts.items()
    )
    return Step("counted", f"SELECT {name} AS segment, {told} FROM recycled GROUP BY {name}")


_LISTED = Step(
    "listed",
    """
    SELECT responsible, team, lead_id, episode, account.name AS account, state,
        reason_name AS reason, next_action, reason_on, recycle_on,
        CASE WHEN again_on <= observed_until THEN again_on END AS again_on,
        CASE WHEN won_again_on <= observed_until THEN won_again_on END AS won_on,
        channel, recycled.region, tier, score, observed_until
    FROM recycled
    LEFT JOIN account ON account.account_id = recycled.account_id
    """,
)
