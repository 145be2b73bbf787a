"""MQLs one by one: when sales responded, what they answered, and which reason they gave."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.follow_up.handed_over import STATES, require_told
from metrics.follow_up.sales_answers import ANSWERS, answered_steps
from metrics.scope import Scope


class MqlRecord(pa.DataFrameModel):
    """One row per MQL that was handed over, the newest first.

    `state` is how it stands on the last day observed. `hours` are working hours until the response,
    else those waited so far; null without a calendar. `hour_unknown` responses have only a day,
    at whose close they count. `answer` and `answer_reason` are those of `sales_answers`, `reason`
    is the newest feedback as in `feedback_reasons`; each is known where the definitions have it.
    """

    lead_id: str
    episode: int = pa.Field(ge=1)
    account: str = pa.Field(nullable=True)
    mql_on: pl.Date
    state: str = pa.Field(isin=STATES)
    responded_on: pl.Date = pa.Field(nullable=True)
    hours: float = pa.Field(ge=0, nullable=True)
    hour_unknown: bool
    is_shared: bool
    answer: str = pa.Field(isin=ANSWERS)
    answer_reason: str = pa.Field(nullable=True)
    answer_is_known: bool
    answered_on: pl.Date = pa.Field(nullable=True)
    reason: str = pa.Field(nullable=True)
    reason_is_known: bool
    next_action: str = pa.Field(nullable=True)
    responsible: str
    owner: str
    team: str
    channel: str
    campaign: str
    region: str
    tier: str
    score: float = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per MQL."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["lead_id", "episode"]


def mql_records(warehouse: Warehouse, scope: Scope) -> DataFrame[MqlRecord]:
    """Which MQLs did sales respond to in time, late or not at all, and what did they say of each?

    Those that `follow_up_states`, `response_times`, `sales_answers` and `feedback_reasons` count.
    Raises MetricError as `require_told` does.
    """
    require_told(warehouse)
    found = warehouse.query(Query(*answered_steps(scope), _LISTED))
    rows = found.with_columns(hours=pl.col("waited_seconds") / 3600).sort(
        "mql_on", "lead_id", "episode", descending=[True, False, False]
    )
    return MqlRecord.validate(rows.select(list(MqlRecord.to_schema().columns)), lazy=True)


_LISTED = Step(
    "listed",
    """
    SELECT lead_id, episode, account.name AS account, mql_on, state,
        CASE WHEN is_responded = 1 THEN responded_on END AS responded_on, waited_seconds,
        is_responded = 1 AND is_day_only AS hour_unknown, is_shared, said AS answer,
        because AS answer_reason, is_known AS answer_is_known,
        CASE WHEN said <> 'no answer' THEN answered_on END AS answered_on,
        CASE WHEN reason_on <= observed_until THEN coalesce(reason_name, reason) END AS reason,
        reason_on > observed_until OR reason IS NULL OR reason_name IS NOT NULL AS reason_is_known,
        CASE WHEN reason_on <= observed_until THEN next_action END AS next_action, responsible,
        answers.owner, team, channel, campaign, answers.region, tier, score
    FROM answers
    LEFT JOIN account ON account.account_id = answers.account_id
    """,
)
