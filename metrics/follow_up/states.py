"""Follow-up: how many MQLs got a response within the deadline, late, or none."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.handed_over import handed_over_steps, require_told
from metrics.rates import ratio, wilson
from metrics.scope import Dimension, Scope


class FollowUpState(pa.DataFrameModel):
    """One row per segment, those with the most MQLs overdue first.

    `handed_over` = `in_time` + `late` + `overdue` + `waiting` + `no_calendar`: waiting ones are
    within the deadline, overdue ones have no response at all. `judged` are those of whom it is
    settled: in time, late and overdue. `in_time_rate` is in time ÷ judged, `overdue_rate` overdue ÷
    judged, with bounds of 95%. `accepted` and `rejected` are the last answers to an assignment;
    `shared` MQLs were with two owners at once and count once. `no_owner` have no owner and were
    given to nobody by name. `again` are hand-overs of leads that had come back, each of which
    counts: a lead is handed over as often as it becomes an MQL.
    """

    segment: str
    handed_over: int = pa.Field(ge=1)
    in_time: int = pa.Field(ge=0)
    late: int = pa.Field(ge=0)
    overdue: int = pa.Field(ge=0)
    waiting: int = pa.Field(ge=0)
    no_calendar: int = pa.Field(ge=0)
    judged: int = pa.Field(ge=0)
    in_time_rate: float = pa.Field(ge=0, le=1, nullable=True)
    in_time_low: float = pa.Field(ge=0, le=1, nullable=True)
    in_time_high: float = pa.Field(ge=0, le=1, nullable=True)
    overdue_rate: float = pa.Field(ge=0, le=1, nullable=True)
    overdue_low: float = pa.Field(ge=0, le=1, nullable=True)
    overdue_high: float = pa.Field(ge=0, le=1, nullable=True)
    accepted: int = pa.Field(ge=0)
    rejected: int = pa.Field(ge=0)
    shared: int = pa.Field(ge=0)
    no_owner: int = pa.Field(ge=0)
    again: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per segment."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment"]


def follow_up_states(
    warehouse: Warehouse, scope: Scope, by: GroupBy = Dimension.OWNER
) -> DataFrame[FollowUpState]:
    """How many MQLs did sales respond to within the deadline, late, and not at all?

    MQLs handed over in the period, as they stand on the last day observed. The deadline is the
    definitions' number of working days, on the calendar of the lead's region or country. Raises
    MetricError as `require_told` does. Source: Wilson (1927) for the bounds.
    """
    require_told(warehouse)
    counts = warehouse.query(Query(*handed_over_steps(scope), _counted(by)))
    judged = pl.col("in_time") + pl.col("late") + pl.col("overdue")
    rows = counts.with_columns(judged=judged)
    for name in ("in_time", "overdue"):
        low, high = wilson(pl.col(name), pl.col("judged"))
        rows = rows.with_columns(
            ratio(pl.col(name), pl.col("judged")).alias(f"{name}_rate"),
            low.alias(f"{name}_low"),
            high.alias(f"{name}_high"),
        )
    names = list(FollowUpState.to_schema().columns)
    rows = rows.sort("overdue", "handed_over", "segment", descending=[True, True, False])
    return FollowUpState.validate(rows.select(names), lazy=True)


def _counted(by: GroupBy) -> Step:
    states = {
        "in_time": "state = 'in time'",
        "late": "state = 'late'",
        "overdue": "state = 'overdue'",
        "waiting": "state = 'waiting'",
        "no_calendar": "state = 'no calendar'",
        "accepted": "answer = 'accepted' AND answered_on <= observed_until",
        "rejected": "answer = 'rejected' AND answered_on <= observed_until",
        "shared": "is_shared",
        "no_owner": f"responsible = '{UNASSIGNED}'",
        "again": "episode > 1",
    }
    counts = ", ".join(
        f"count(CASE WHEN {condition} THEN 1 END) AS {name}" for name, condition in states.items()
    )
    return Step(
        "states",
        f"SELECT {by.value} AS segment, count(*) AS handed_over, {counts}"
        f" FROM handed_over GROUP BY {by.value}",
    )
