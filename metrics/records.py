"""The leads behind a number of the funnel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Basis, Counting, Dimension, Scope, Stage, Unit
from metrics.subjects import days_of_stages, subject_steps

RECORD_LIMIT = 10_000


class StageRecord(pa.DataFrameModel):
    """One row per lead that is counted in a stage, the latest entry first.

    The columns of further dimensions that were asked for come after these.
    """

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
        """Columns of dimensions may be added."""

        strict: ClassVar[bool] = False
        ordered: ClassVar[bool] = True


def stage_records(
    warehouse: Warehouse,
    scope: Scope,
    stage: Stage,
    limit: int = RECORD_LIMIT,
    offset: int = 0,
    also: Sequence[Dimension] = (),
) -> DataFrame[StageRecord]:
    """Which leads are behind the number of a stage?

    One row per lead that `stage_conversion` counts as `reached` for the stage, at most `limit`
    (1 to 1,000,000) after the first `offset`; the days are of the scope's way of counting, and null
    where a stage was reached on a day that nobody recorded. For the
    unit account these are all leads of the accounts that are counted, each with its own days; a
    filter may name another segment than some of them have, for an account is filtered by its
    earliest lead. `also` names dimensions to tell of each lead besides. Raises
    ValueError for the unit deal, of which there need be no lead: `deal_records` lists deals.
    """
    found = warehouse.query(stage_records_query(scope, stage, limit, offset, also))
    here = f"{stage.value}_on"
    ordered = found.sort([here, "lead_id"], descending=[True, False], nulls_last=True)
    return StageRecord.validate(ordered, lazy=True)


def stage_records_query(
    scope: Scope,
    stage: Stage,
    limit: int | None = None,
    offset: int = 0,
    also: Sequence[Dimension] = (),
) -> Query:
    """The query of `stage_records`, of all rows without a limit, for who streams them.

    Raises ValueError for the unit deal.
    """
    if scope.unit is Unit.DEAL:
        raise ValueError("deals are no leads: deal_records lists them")
    suffix = "_on" if scope.counting is Counting.REACHED else "_entered_on"
    days, earliest = days_of_stages(suffix, "{}"), days_of_stages(suffix, "min({})")
    here = f"{stage.value}_on"
    if scope.basis is Basis.FLOW:
        counted = f"{here} BETWEEN period_start AND period_end AND {here} <= observed_until"
    else:
        by = f"{stage.value}_by_on"
        counted = (
            f"lead_on BETWEEN period_start AND period_end AND {by} <= observed_until"
            f" AND (window_days IS NULL OR date_diff('day', lead_on, {by}) <= window_days)"
        )
    more = further(also, StageRecord)
    named = ", ".join(("lead_id, account_id, channel, campaign, owner, region", *more))
    bounds = "period_start, period_end, observed_until, window_days"
    return Query(
        *_counted_steps(scope, counted),
        Step(
            "leads",
            f"""
                SELECT {named}, {bounds}, {days}, exit_stage, exit_reason
                FROM scoped WHERE episodes = 1 AND lead_id IS NOT NULL
                UNION ALL
                SELECT {named}, {bounds}, {earliest},
                    max(CASE WHEN episode = episodes THEN exit_stage END) AS exit_stage,
                    max(CASE WHEN episode = episodes THEN exit_reason END) AS exit_reason
                FROM scoped WHERE episodes > 1
                GROUP BY {named}, {bounds}
                """,
        ),
        _shown_step(scope, counted),
        Step(
            "records",
            f"""
                SELECT shown.lead_id, coalesce(account.name, shown.account_id) AS account,
                    shown.channel, shown.campaign, shown.owner, shown.region, shown.lead_on,
                    shown.mql_on, shown.sql_on, shown.opportunity_on, shown.won_on,
                    shown.exit_stage, shown.exit_reason{listed(more, "shown")}
                FROM shown
                LEFT JOIN account ON account.account_id = shown.account_id
                ORDER BY {here} DESC NULLS LAST, shown.lead_id
                {rows_between(limit, offset)}
                """,
        ),
    )


def further(also: Sequence[Dimension], told: type[pa.DataFrameModel]) -> list[str]:
    """The columns of dimensions that a contract does not tell of anyway, each once.

    >>> further((Dimension.REGION, Dimension.PERSONA, Dimension.PERSONA), StageRecord)
    ['persona']
    """
    known = told.to_schema().columns
    return [name for name in dict.fromkeys(each.value for each in also) if name not in known]


def listed(names: Sequence[str], table: str) -> str:
    """SQL of further columns of a table, for the end of a SELECT's list."""
    return "".join(f", {table}.{name}" for name in names)


def rows_between(limit: int | None, offset: int) -> str:
    """SQL for the end of a SELECT in order: so many rows after the first so many.

    >>> rows_between(50, 100), rows_between(None, 0)
    ('LIMIT 50 OFFSET 100', '')
    """
    last = f"LIMIT {int(limit)}" if limit is not None else ""
    return f"{last} OFFSET {int(offset)}".strip() if offset else last


def _counted_steps(scope: Scope, counted: str) -> tuple[Step, ...]:
    """Step `scoped`; for accounts, up to step `counted`, the accounts that are."""
    if scope.unit is Unit.LEAD:
        return (scope.step("journey"),)
    accounts = Step("counted", f"SELECT account_id FROM subjects WHERE {counted}")
    return (*subject_steps(scope), accounts)


def _shown_step(scope: Scope, counted: str) -> Step:
    """Step `shown`: the leads that are counted, or all leads of the accounts that are."""
    if scope.unit is Unit.LEAD:
        return Step("shown", f"SELECT leads.* FROM leads WHERE {counted}")
    joined = "SELECT leads.* FROM leads JOIN counted ON counted.account_id = leads.account_id"
    return Step("shown", joined)
