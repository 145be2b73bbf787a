"""The leads behind a number."""

from __future__ import annotations

from typing import ClassVar

import pandera.polars as pa
import polars as pl
from pandera.typing.polars import DataFrame

from data.query import Query, Step
from data.warehouse import Warehouse
from metrics.scope import Basis, Counting, Scope, Stage

RECORD_LIMIT = 10_000


class StageRecord(pa.DataFrameModel):
    """One row per lead that is counted in a stage, the latest entry first."""

    lead_id: str
    account: str = pa.Field(nullable=True)
    channel: str
    campaign: str
    owner: str
    region: str
    lead_on: pl.Date = pa.Field(nullable=True)
    mql_on: pl.Date = pa.Field(nullable=True)
    sql_on: pl.Date = pa.Field(nullable=True)
    opportunity_on: pl.Date = pa.Field(nullable=True)
    won_on: pl.Date = pa.Field(nullable=True)
    exit_stage: str = pa.Field(nullable=True)
    exit_reason: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def stage_records(
    warehouse: Warehouse, scope: Scope, stage: Stage, limit: int = RECORD_LIMIT
) -> DataFrame[StageRecord]:
    """Which leads are behind the number of a stage?

    One row per lead that `stage_conversion` counts as `reached` for the stage, at most `limit`
    (1 to 1,000,000); the days are of the scope's way of counting. For the unit account these are
    the leads of the accounts that are counted, each with its own days.
    """
    suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
    days = ", ".join(f"{each.value}{suffix} AS {each.value}_on" for each in Stage)
    earliest = ", ".join(f"min({each.value}{suffix}) AS {each.value}_on" for each in Stage)
    here = f"{stage.value}_on"
    if scope.basis is Basis.FLOW:
        counted = f"{here} BETWEEN period_start AND period_end AND {here} <= observed_until"
    else:
        counted = (
            f"lead_on BETWEEN period_start AND period_end AND {here} <= observed_until"
            f" AND (window_days IS NULL OR date_diff('day', lead_on, {here}) <= window_days)"
        )
    named = "lead_id, account_id, channel, campaign, owner, region"
    bounds = "period_start, period_end, observed_until, window_days"
    found = warehouse.query(
        Query(
            scope.step("journey"),
            Step(
                "leads",
                f"""
                SELECT {named}, {bounds}, {days}, exit_stage, exit_reason
                FROM scoped WHERE episodes = 1
                UNION ALL
                SELECT {named}, {bounds}, {earliest},
                    max(CASE WHEN episode = episodes THEN exit_stage END) AS exit_stage,
                    max(CASE WHEN episode = episodes THEN exit_reason END) AS exit_reason
                FROM scoped WHERE episodes > 1
                GROUP BY {named}, {bounds}
                """,
            ),
            Step(
                "records",
                f"""
                SELECT leads.lead_id, coalesce(account.name, leads.account_id) AS account,
                    leads.channel, leads.campaign, leads.owner, leads.region, leads.lead_on,
                    leads.mql_on, leads.sql_on, leads.opportunity_on, leads.won_on,
                    leads.exit_stage, leads.exit_reason
                FROM leads
                LEFT JOIN account ON account.account_id = leads.account_id
                WHERE {counted}
                ORDER BY {here} DESC, leads.lead_id
                LIMIT {int(limit)}
                """,
            ),
        )
    )
    return StageRecord.validate(found.sort([here, "lead_id"], descending=[True, False]), lazy=True)
