"""Channels by stage: between which stages the touches of each fall."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.attribution.paths import path_steps
from metrics.attribution.question import EVENTS, PathKind, Question
from metrics.attribution.usual import settled
from metrics.scope import Scope, Stage

NO_STAGE = "none"
"""Where nothing had been reached yet: the touch came before the lead."""


class ChannelStage(pa.DataFrameModel):
    """One row per segment and stage before the event; segments with most touches first.

    `after_stage` is the last stage that the deal, or lead, had reached before the touch, `none`
    before the lead was created. `touches` are those that may earn credit, one of a person, segment
    and day; `conversions` had one there. `share` is of the segment's touches. Without a lead a deal
    has no stage before it was opened.
    """

    segment: str
    after_stage: str = pa.Field(isin=[NO_STAGE, *(each.value for each in Stage)])
    touches: int = pa.Field(ge=0)
    conversions: int = pa.Field(ge=0)
    share: float = pa.Field(ge=0, le=1)

    class Config:
        """Exactly these columns, one row per segment and stage."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["segment", "after_stage"]


def channel_stages(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ChannelStage]:
    """Between which stages do the touches of each channel fall?

    Of the deals won in the period, as far back as is usual in the data. See `channel_stages_of`.
    """
    question, _ = settled(warehouse, Question(scope), definitions.attribution)
    return channel_stages_of(warehouse, question)


def channel_stages_of(warehouse: Warehouse, question: Question) -> DataFrame[ChannelStage]:
    """Between which stages do the touches of each segment fall?

    Of the question's conversions, whatever its kind of path: all touches that may earn credit. The
    stages are those the primary lead reached, over all its episodes, and the deal's opening.
    """
    steps = path_steps(replace(question, path=PathKind.EVERY))
    counted = warehouse.query(Query(*steps, *_between(question)))
    before = [NO_STAGE, *(each.value for each in Stage)][: EVENTS.index(question.event) + 2]
    stages = pl.DataFrame({"after_stage": before, "order": range(len(before))})
    totals = counted.group_by("segment").agg(total=pl.col("touches").sum())
    found = (
        totals.join(stages, how="cross")
        .join(counted, on=["segment", "after_stage"], how="left")
        .with_columns(pl.col("touches", "conversions").fill_null(0))
        .with_columns(share=pl.col("touches") / pl.col("total"))
        .sort("total", "segment", "order", descending=[True, False, False])
        .select(list(columns(ChannelStage)))
        .cast(pl.Schema(columns(ChannelStage)))
    )
    return ChannelStage.validate(found, lazy=True)


def _between(question: Question) -> tuple[Step, ...]:
    """Steps to `by_stage`: touches and conversions by segment and the last stage reached before."""
    of_deals = """
        SELECT deal.opportunity_id AS subject_id, min(journey.lead_at) AS lead_at,
            min(journey.mql_at) AS mql_at, min(journey.sql_at) AS sql_at,
            deal.opened_at AS opportunity_at
        FROM deal
        LEFT JOIN journey ON journey.lead_id = deal.lead_id
        GROUP BY deal.opportunity_id, deal.opened_at
    """
    of_leads = """
        SELECT lead_id AS subject_id, min(lead_at) AS lead_at, min(mql_at) AS mql_at,
            min(sql_at) AS sql_at, min(opportunity_at) AS opportunity_at
        FROM journey
        GROUP BY lead_id
    """
    earlier = (Stage.OPPORTUNITY, Stage.SQL, Stage.MQL, Stage.LEAD)
    passed = "\n".join(
        f"WHEN reached.{each.value}_at < paths.occurred_at THEN '{each.value}'" for each in earlier
    )
    return (
        Step("reached", of_deals if question.is_of_deals else of_leads),
        Step(
            "stood",
            f"""
            SELECT paths.subject_id, paths.segment,
                CASE {passed} ELSE '{NO_STAGE}' END AS after_stage
            FROM paths
            JOIN reached ON reached.subject_id = paths.subject_id
            """,
        ),
        Step(
            "by_stage",
            """
            SELECT segment, after_stage, count(*) AS touches,
                count(DISTINCT subject_id) AS conversions
            FROM stood
            GROUP BY segment, after_stage
            """,
        ),
    )
