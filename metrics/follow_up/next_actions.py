"""Next actions: what is due, overdue, done in time and done late, and which actions these are."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.grouping import ActionsBy, Doer
from metrics.rates import ratio, wilson
from metrics.scope import Scope

STATES = ("overdue", "due later", "no day", "done late", "done")
"""Of an action on the last day observed. One that is due on that day and not done is overdue."""


class NextActions(pa.DataFrameModel):
    """One row per segment, those with the most overdue first.

    Of actions due in the period up to the last day observed, or done in it without being due on a
    day, `due` = `done` + `done_late` + `overdue`; done means on the day or before. `done_rate` is
    done ÷ due with bounds of 95%. Beside them, whatever the period: `overdue_else` are open and
    were due on other days, `due_later` are open and due after the last day observed, `no_day` are
    open and due on no day.
    """

    segment: str
    due: int = pa.Field(ge=0)
    done: int = pa.Field(ge=0)
    done_late: int = pa.Field(ge=0)
    overdue: int = pa.Field(ge=0)
    done_rate: float = pa.Field(ge=0, le=1, nullable=True)
    done_low: float = pa.Field(ge=0, le=1, nullable=True)
    done_high: float = pa.Field(ge=0, le=1, nullable=True)
    overdue_else: int = pa.Field(ge=0)
    due_later: int = pa.Field(ge=0)
    no_day: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


class NextActionRecord(pa.DataFrameModel):
    """One row per action that `next_actions` counts, the longest overdue first, done ones last.

    `overdue_days` are calendar days since it was due, 0 where it is not over and null where it is
    done or due on no day.
    """

    action_id: str = pa.Field(unique=True)
    responsible: str
    team: str
    state: str = pa.Field(isin=STATES)
    kind: str
    lead_id: str = pa.Field(nullable=True)
    account: str = pa.Field(nullable=True)
    due_on: pl.Date = pa.Field(nullable=True)
    overdue_days: int = pa.Field(ge=0, nullable=True)
    done_on: pl.Date = pa.Field(nullable=True)
    result: str = pa.Field(nullable=True)
    reason: str
    channel: str
    region: str
    tier: str

    class Config:
        """Exactly these columns, one row per action."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def next_actions(
    warehouse: Warehouse, scope: Scope, by: ActionsBy = Doer.RESPONSIBLE
) -> DataFrame[NextActions]:
    """How many next actions are due, how many were done in time or late, and what is overdue?

    Actions on leads and companies, as they stand on the last day observed; `by` who is to do them,
    else another segment. Raises MetricError where no file has a next action. Source: Wilson (1927)
    for the bounds.
    """
    _require_actions(warehouse)
    counts = warehouse.query(Query(*_stated_steps(scope), _counted(by)))
    low, high = wilson(pl.col("done"), pl.col("due"))
    rows = counts.with_columns(
        done_rate=ratio(pl.col("done"), pl.col("due")), done_low=low, done_high=high
    ).sort("overdue", "due", "due_later", "segment", descending=[True, True, True, False])
    return NextActions.validate(rows.select(list(NextActions.to_schema().columns)), lazy=True)


def next_action_records(warehouse: Warehouse, scope: Scope) -> DataFrame[NextActionRecord]:
    """Which next actions are overdue, due later or done, with whom, and what came of them?

    Raises MetricError where no file has a next action.
    """
    _require_actions(warehouse)
    found = warehouse.query(Query(*_stated_steps(scope), _LISTED))
    order = {name: place for place, name in enumerate(STATES)}
    rows = found.with_columns(
        overdue_days=pl.when(pl.col("state").is_in(["overdue", "due later"])).then(
            (pl.col("observed_until") - pl.col("due_on")).dt.total_days().clip(0)
        )
    ).sort(
        pl.col("state").replace_strict(order, return_dtype=pl.Int64), "due_on", "action_id",
        nulls_last=True,
    )  # fmt: skip
    names = list(NextActionRecord.to_schema().columns)
    return NextActionRecord.validate(rows.select(names), lazy=True)


def _require_actions(warehouse: Warehouse) -> None:
    loaded = Query(Step("loaded", "SELECT count(*) AS actions FROM planned_action"))
    if not warehouse.query(loaded).item():
        raise MetricError(
            "no file has a next action, so what is due and done is not known: load the tasks of"
            " your CRM, or actions (action_id, subject_kind, subject_id, kind, due_on, done_at)"
        )


def _stated_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `stated`: actions that count in a scope, each with its `state` and `is_in_period`.

    An action that was done without being due on a day is of the period in which it was done.
    """
    return (
        scope.step("planned_action"),
        Step(
            "placed",
            """
            SELECT scoped.*,
                CASE WHEN done_on <= observed_until AND coalesce(done_on <= due_on, TRUE)
                        THEN 'done'
                    WHEN done_on <= observed_until THEN 'done late'
                    WHEN due_on IS NULL THEN 'no day'
                    WHEN due_on <= observed_until THEN 'overdue'
                    ELSE 'due later' END AS state,
                CASE WHEN coalesce(due_on, done_on) BETWEEN period_start AND period_end
                    THEN 1 ELSE 0 END AS is_in_period
            FROM scoped
            """,
        ),
        Step(
            "stated",
            """
            SELECT placed.*
            FROM placed
            WHERE is_in_period = 1 OR state IN ('overdue', 'due later', 'no day')
            """,
        ),
    )


def _counted(by: ActionsBy) -> Step:
    counts = {
        "due": "is_in_period = 1 AND state IN ('done', 'done late', 'overdue')",
        "done": "state = 'done'",
        "done_late": "state = 'done late'",
        "overdue": "is_in_period = 1 AND state = 'overdue'",
        "overdue_else": "is_in_period = 0 AND state = 'overdue'",
        "due_later": "state = 'due later'",
        "no_day": "state = 'no day'",
    }
    told = ", ".join(
        f"count(CASE WHEN {condition} THEN 1 END) AS {name}" for name, condition in counts.items()
    )
    return Step("counted", f"SELECT {by.value} AS segment, {told} FROM stated GROUP BY {by.value}")


_LISTED = Step(
    "listed",
    """
    SELECT action_id, responsible, team, state, kind, lead_id,
        coalesce(account.name, stated.account_id) AS account, due_on, done_on, result, reason,
        channel, stated.region, tier, observed_until
    FROM stated
    LEFT JOIN account ON account.account_id = stated.account_id
    """,
)
