"""The deals behind a number of the funnel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.records import RECORD_LIMIT, further, listed, rows_between
from metrics.scope import Basis, Dimension, Scope, Stage
from metrics.subjects import subject_steps


class DealRecord(pa.DataFrameModel):
    """One row per deal that is counted in a stage, the latest entry first.

    The columns of further dimensions that were asked for come after these.
    """

    opportunity_id: str
    account: str = pa.Field(nullable=True)
    lead_id: str = pa.Field(nullable=True)
    owner: str
    product: str
    channel: str
    opened_on: pl.Date = pa.Field(nullable=True)
    closed_on: pl.Date = pa.Field(nullable=True)
    outcome: str = pa.Field(isin=("won", "lost", "open"))
    amount: Money = pa.Field(nullable=True)

    class Config:
        """Columns of dimensions may be added."""

        strict: ClassVar[bool] = False
        ordered: ClassVar[bool] = True


def deal_records(
    warehouse: Warehouse,
    scope: Scope,
    stage: Stage,
    limit: int = RECORD_LIMIT,
    offset: int = 0,
    also: Sequence[Dimension] = (),
) -> DataFrame[DealRecord]:
    """Which deals are behind the number of a stage?

    One row per deal that `stage_conversion` counts as `reached` for the stage when the unit is the
    deal, at most `limit` (1 to 1,000,000) after the first `offset`. `lead_id` is the primary lead,
    where one is known; `amount` is in the base currency, null without one or an exchange rate.
    `also` names dimensions to tell of each deal besides.
    """
    here = f"{stage.value}_on"
    found = warehouse.query(deal_records_query(scope, stage, limit, offset, also))
    ordered = found.sort([here, "opportunity_id"], descending=[True, False]).drop(here)
    return DealRecord.validate(ordered, lazy=True)


def deal_records_query(
    scope: Scope,
    stage: Stage,
    limit: int | None = None,
    offset: int = 0,
    also: Sequence[Dimension] = (),
) -> Query:
    """The query of `deal_records`, of all rows without a limit, for who streams them.

    Its last column is the day that the rows are in order of.
    """
    first, here = f"{scope.unit.stages[0].value}_on", f"{stage.value}_on"
    if scope.basis is Basis.FLOW:
        counted = f"{here} BETWEEN period_start AND period_end AND {here} <= observed_until"
    else:
        counted = (
            f"{first} BETWEEN period_start AND period_end AND {here} <= observed_until"
            f" AND (window_days IS NULL OR date_diff('day', {first}, {here}) <= window_days)"
        )
    more = further(also, DealRecord)
    return Query(
        *subject_steps(scope),
        Step("counted", f"SELECT opportunity_id, {here} FROM subjects WHERE {counted}"),
        Step(
            "records",
            f"""
                SELECT deal.opportunity_id, coalesce(account.name, deal.account_id) AS account,
                    deal.lead_id, deal.owner, deal.product, deal.channel, deal.opened_on,
                    deal.closed_on, deal.outcome, deal.amount{listed(more, "deal")},
                    counted.{here}
                FROM counted
                JOIN deal ON deal.opportunity_id = counted.opportunity_id
                LEFT JOIN account ON account.account_id = deal.account_id
                ORDER BY counted.{here} DESC, deal.opportunity_id
                {rows_between(limit, offset)}
                """,
        ),
    )
