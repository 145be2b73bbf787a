"""Why deals are won and lost, against whom, and in which stage."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Dimension, Scope


class WinLossReason(pa.DataFrameModel):
    """One row per outcome, reason, competitor and last stage, the most deals first.

    Of deals closed in the period. `reason` is that of the win or the loss, `competitor` the one
    that the deal names, `last_stage` the seller's stage before it closed; each is null where
    nothing is recorded. `amount` leaves out `unpriced_deals`. `share` is of all deals of the
    outcome.
    """

    outcome: str = pa.Field(isin=("won", "lost"))
    reason: str = pa.Field(nullable=True)
    competitor: str = pa.Field(nullable=True)
    last_stage: str = pa.Field(nullable=True)
    deals: int = pa.Field(ge=1)
    unpriced_deals: int = pa.Field(ge=0)
    amount: Money
    share: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


class WinLossReasonBy(WinLossReason):
    """The dimension's column, then those of WinLossReason; `share` is within the segment."""

    class Config(WinLossReason.Config):
        """The column of the dimension is added, and is called like it."""

        strict: ClassVar[bool] = False


def win_loss_reasons(warehouse: Warehouse, scope: Scope) -> DataFrame[WinLossReason]:
    """Why were deals won and lost in the period, against whom, and how far had they come?

    Reasons and competitors are the words of the CRM. Basis, unit and counting do not matter.
    """
    return WinLossReason.validate(_reasons(warehouse, scope, None), lazy=True)


def win_loss_reasons_by(
    warehouse: Warehouse, scope: Scope, by: Dimension
) -> DataFrame[WinLossReasonBy]:
    """How do the reasons of wins and losses differ between segments?

    The dimension's column, then those of `win_loss_reasons`. Deals of all segments add up.
    """
    return WinLossReasonBy.validate(_reasons(warehouse, scope, by), lazy=True)


def _reasons(warehouse: Warehouse, scope: Scope, by: Dimension | None) -> pl.DataFrame:
    segment = [by.value] if by else []
    mine = "".join(f"scoped.{name}, " for name in segment)
    groups = [*segment, "outcome", "reason", "competitor", "last_stage"]
    found = warehouse.query(
        Query(
            scope.step("deal"),
            Step(
                "closed_deals",
                f"""
                SELECT {mine}scoped.outcome, scoped.amount, stage_after AS last_stage,
                    CASE scoped.outcome WHEN 'won' THEN opportunity.win_reason
                        ELSE opportunity.lost_reason END AS reason,
                    opportunity.lost_to AS competitor
                FROM scoped
                JOIN opportunity ON opportunity.opportunity_id = scoped.opportunity_id
                LEFT JOIN pipeline_change ON what = 'closed'
                    AND pipeline_change.opportunity_id = scoped.opportunity_id
                WHERE scoped.outcome IN ('won', 'lost') AND scoped.closed_on <= observed_until
                    AND scoped.closed_on BETWEEN period_start AND period_end
                """,
            ),
            Step(
                "reasons",
                f"""
                SELECT {", ".join(groups)}, count(*) AS deals,
                    count(*) - count(amount) AS unpriced_deals,
                    CAST(coalesce(sum(amount), 0) AS DECIMAL(18, 2)) AS amount
                FROM closed_deals
                GROUP BY {", ".join(groups)}
                """,
            ),
        )
    )
    within = [*segment, "outcome"]
    shared = found.with_columns(share=pl.col("deals") / pl.col("deals").sum().over(within))
    order = [*within, "deals", "reason", "competitor", "last_stage"]
    falling = [False] * len(segment) + [True, True] + [False] * 3
    ordered = shared.sort(order, descending=falling, nulls_last=True)
    return ordered.select([*segment, *columns(WinLossReason)])
