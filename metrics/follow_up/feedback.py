"""Feedback: the reasons that sales give, what is to follow, and what became of the leads."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.handed_over import handed_over_steps, require_told
from metrics.rates import ratio, wilson
from metrics.scope import Scope


class FeedbackReasonRow(pa.DataFrameModel):
    """One row per reason that sales gave, the most leads first.

    A reason that no spelling of the definitions knows stands as it was written, with `is_known`
    false and no `kind`. `leads` are MQL episodes. `to_come_back` were to come back on a day, which
    is over for `due`. `qualified_again` qualified after the feedback, of whom `won_again` were won.
    `again_rate` is qualified again ÷ leads, with bounds of 95 %.
    """

    reason: str
    kind: str = pa.Field(nullable=True)
    is_known: bool
    next_action: str = pa.Field(nullable=True)
    leads: int = pa.Field(ge=1)
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


def feedback_reasons(warehouse: Warehouse, scope: Scope) -> DataFrame[FeedbackReasonRow]:
    """Which reasons does sales give for leads, what is to follow, and how many qualified again?

    MQLs handed over in the period, by their newest reason: of a rejection, an exit or a next action
    that was done. Raises MetricError as `require_told` does. Source: Wilson (1927) for
    the bounds.
    """
    require_told(warehouse)
    counts = warehouse.query(Query(*handed_over_steps(scope), _COUNTED))
    low, high = wilson(pl.col("qualified_again"), pl.col("leads"))
    rows = counts.with_columns(
        again_rate=ratio(pl.col("qualified_again"), pl.col("leads")),
        again_low=low,
        again_high=high,
    ).sort("leads", "reason", "is_known", descending=[True, False, False])
    names = list(FeedbackReasonRow.to_schema().columns)
    return FeedbackReasonRow.validate(rows.select(names), lazy=True)


_COUNTED = Step(
    "told_reasons",
    """
    SELECT coalesce(reason_name, reason) AS reason, max(reason_kind) AS kind,
        reason_name IS NOT NULL AS is_known, max(next_action) AS next_action, count(*) AS leads,
        count(recycle_on) AS to_come_back,
        count(CASE WHEN recycle_on <= observed_until THEN 1 END) AS due,
        count(CASE WHEN again_on <= observed_until THEN 1 END) AS qualified_again,
        count(CASE WHEN again_on <= observed_until AND won_again_on <= observed_until THEN 1 END)
            AS won_again
    FROM handed_over
    WHERE reason IS NOT NULL AND reason_on <= observed_until
    GROUP BY coalesce(reason_name, reason), reason_name IS NOT NULL
    """,
)
