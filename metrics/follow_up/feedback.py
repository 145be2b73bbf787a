"""Feedback: the reasons that sales give, what is to follow, and what became of the leads."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.handed_over import handed_over_steps, require_told
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class FeedbackReasonRow(pa.DataFrameModel):
    """One row per reason that sales gave, the most leads first.

    A reason that no spelling of the definitions knows stands as it was written, with `is_known`
    false and no `kind`. `leads` are MQL episodes, `share` is leads ÷ `handed_over`, all MQLs.
    `to_come_back` were to come back on a day, which is over for `due`. `qualified_again` qualified
    after the feedback, of whom `won_again` were won. `again_rate` is qualified again ÷ leads.
    Bounds are of 95%.
    """

    reason: str
    kind: str = pa.Field(nullable=True)
    is_known: bool
    next_action: str = pa.Field(nullable=True)
    leads: int = pa.Field(ge=1)
    handed_over: int = pa.Field(ge=1)
    share: float = pa.Field(ge=0, le=1)
    share_low: float = pa.Field(ge=0, le=1)
    share_high: float = pa.Field(ge=0, le=1)
    to_come_back: int = pa.Field(ge=0)
    due: int = pa.Field(ge=0)
    qualified_again: int = pa.Field(ge=0)
    won_again: int = pa.Field(ge=0)
    again_rate: float = pa.Field(ge=0, le=1)
    again_low: float = pa.Field(ge=0, le=1)
    again_high: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per reason."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["reason", "is_known"]


class FeedbackReasonBy(FeedbackReasonRow):
    """One row per segment and reason: the segment's column, then those of FeedbackReasonRow.

    `handed_over` are the segment's MQLs.
    """

    class Config(FeedbackReasonRow.Config):
        """The segment's column is added, and is called like what it is sliced by."""

        strict: ClassVar[bool] = False
        unique: ClassVar[list[str]] = []


def feedback_reasons(warehouse: Warehouse, scope: Scope) -> DataFrame[FeedbackReasonRow]:
    """Which reasons does sales give for leads, what is to follow, and how many qualified again?

    MQLs handed over in the period, by their newest reason: of a rejection, an exit or a next action
    that was done. Raises MetricError as `require_told` does. Source: Wilson (1927) for
    the bounds.
    """
    return FeedbackReasonRow.validate(_reasons(warehouse, scope, None), lazy=True)


def feedback_reasons_by(
    warehouse: Warehouse, scope: Scope, by: GroupBy
) -> DataFrame[FeedbackReasonBy]:
    """Which reasons does sales give for the leads of each segment, and for what share of them?

    As `feedback_reasons`, the segment with the most reasons first. A segment of whose leads none
    has a reason has no row.
    """
    return FeedbackReasonBy.validate(_reasons(warehouse, scope, by), lazy=True)


def _reasons(warehouse: Warehouse, scope: Scope, by: GroupBy | None) -> pl.DataFrame:
    require_told(warehouse)
    rows = warehouse.query(Query(*handed_over_steps(scope), *_counted(by)))
    for part, whole, rate, name in (
        ("leads", "handed_over", "share", "share"),
        ("qualified_again", "leads", "again_rate", "again"),
    ):
        low, high = wilson(pl.col(part), pl.col(whole))
        rows = rows.with_columns(
            ratio(pl.col(part), pl.col(whole)).alias(rate),
            low.alias(f"{name}_low"),
            high.alias(f"{name}_high"),
        )
    order, falling = ["leads", "reason", "is_known"], [True, False, False]
    segment = [by.value] if by else []
    if by:
        rows = rows.with_columns(of_segment=pl.col("leads").sum().over(by.value))
        order, falling = ["of_segment", by.value, *order], [True, False, *falling]
    names = [*segment, *FeedbackReasonRow.to_schema().columns]
    return rows.sort(order, descending=falling).select(names)


def _counted(by: GroupBy | None) -> tuple[Step, ...]:
    segment, same = (f"{by.value}, ", f"told.{by.value} = mqls.{by.value}") if by else ("", "true")
    whole = f" GROUP BY {by.value}" if by else ""
    return (
        Step("mqls", f"SELECT {segment}count(*) AS handed_over FROM handed_over{whole}"),
        Step(
            "told",
            f"""
            SELECT {segment}coalesce(reason_name, reason) AS reason, max(reason_kind) AS kind,
                reason_name IS NOT NULL AS is_known, max(next_action) AS next_action,
                count(*) AS leads, count(recycle_on) AS to_come_back,
                count(CASE WHEN recycle_on <= observed_until THEN 1 END) AS due,
                count(CASE WHEN again_on <= observed_until THEN 1 END) AS qualified_again,
                count(CASE WHEN again_on <= observed_until AND won_again_on <= observed_until
                    THEN 1 END) AS won_again
            FROM handed_over
            WHERE reason IS NOT NULL AND reason_on <= observed_until
            GROUP BY {segment}coalesce(reason_name, reason), reason_name IS NOT NULL
            """,
        ),
        Step("reasons", f"SELECT told.*, mqls.handed_over FROM told JOIN mqls ON {same}"),
    )
