"""Headline numbers of a period: what came in, was won, was spent, and was sourced by marketing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.funnel.conversion import stage_conversion
from metrics.scope import SPEND_KNOWN_BY, Basis, Scope, Stage


class Headline(pa.DataFrameModel):
    """One row: what happened in the period.

    `lead` to `won` count the leads, accounts or deals that reached the stage in the period, null
    for a stage that the unit has not. `won_deals` and `won_amount` are the deals closed as won in
    it, whether or not a lead is known; `unpriced_deals` of them have no recorded amount, and
    `unconverted_deals` an amount without an exchange rate: neither are in a sum. So are
    `unconverted_days` days of spend not in `spend_amount`; the cost per lead is then not known.
    `won_undated` counts the won deals in the scope's segments that have no day of closing: they are
    in no period, so in no other number here. `sourced_*` is the part of the period's won deals
    whose first marketing touch came before the deal was opened. Amounts are in the base currency,
    each null where the data does not say: `won_amount` when no opportunity at all is loaded or no
    won deal has an amount in it, `spend_amount` when no spend at all is loaded, no day of the
    period's has a rate, or a filter is on something spend is not recorded by, `sourced_*` when no
    touches are loaded, their amount and share also when `won_amount` is null, a quotient when
    there is nothing to divide by. Where something is loaded, none of it in the period is 0.
    """

    lead: int = pa.Field(ge=0, nullable=True)
    mql: int = pa.Field(ge=0, nullable=True)
    sql: int = pa.Field(ge=0, nullable=True)
    opportunity: int = pa.Field(ge=0)
    won: int = pa.Field(ge=0)
    won_deals: int = pa.Field(ge=0)
    unpriced_deals: int = pa.Field(ge=0)
    unconverted_deals: int = pa.Field(ge=0)
    won_undated: int = pa.Field(ge=0)
    won_amount: Money = pa.Field(nullable=True)
    spend_amount: Money = pa.Field(nullable=True)
    unconverted_days: int = pa.Field(ge=0)
    cost_per_lead_amount: float = pa.Field(nullable=True)
    sourced_deals: int = pa.Field(ge=0, nullable=True)
    sourced_amount: Money = pa.Field(nullable=True)
    marketing_sourced_share: float = pa.Field(ge=0, le=1, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def headline(warehouse: Warehouse, scope: Scope) -> DataFrame[Headline]:
    """What did the period bring in, what was won, what did it cost and how much did we source?

    One row. Counts are on the flow basis, whatever the scope's: these are the period's events.
    Money is a deal's, whatever the unit: a filter takes deals by their own segment, that of their
    primary lead. `cost_per_lead_amount` = spend ÷ those who entered the funnel in the period, in
    the scope's unit: for accounts it is the cost per account, for deals per deal opened.
    `marketing_sourced_share` = sourced ÷ all won revenue. A deal is sourced when its first
    marketing touch, by anyone at the account or by the primary lead's person, came before the deal
    was opened. Deals without a lead count, in the segment `Unassigned` where a lead would name one.
    An amount without an exchange rate is in no sum, and counted beside it.
    """
    stages = stage_conversion(warehouse, replace(scope, basis=Basis.FLOW))
    reached = dict(stages.select("stage", "reached").iter_rows())
    counts = {stage.value: reached.get(stage.value) for stage in Stage}
    deals = _deals(warehouse, scope)
    spend, unconverted_days = _spend(warehouse, scope)
    entered = reached[scope.unit.stages[0].value]
    without_amount = deals["unpriced_deals"] + deals["unconverted_deals"]
    priced = deals["loaded_deals"] > 0 and (
        deals["won_deals"] == 0 or without_amount < deals["won_deals"]
    )
    touched = deals["loaded_touches"] > 0
    won_amount, sourced_amount = deals["won_amount"], deals["sourced_amount"]
    row = {
        **counts,
        "won_deals": deals["won_deals"],
        "unpriced_deals": deals["unpriced_deals"],
        "unconverted_deals": deals["unconverted_deals"],
        "won_undated": deals["won_undated"],
        "won_amount": won_amount if priced else None,
        "spend_amount": spend,
        "unconverted_days": unconverted_days,
        "cost_per_lead_amount": float(spend) / entered
        if spend is not None and entered and not unconverted_days
        else None,
        "sourced_deals": deals["sourced_deals"] if touched else None,
        "sourced_amount": sourced_amount if touched and priced else None,
        "marketing_sourced_share": float(sourced_amount / won_amount)
        if touched and priced and won_amount
        else None,
    }
    schema = {name: column.dtype.type for name, column in Headline.to_schema().columns.items()}
    return Headline.validate(pl.DataFrame([row], schema=schema), lazy=True)


def _deals(warehouse: Warehouse, scope: Scope) -> dict[str, Any]:
    won = (
        "outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
        " AND closed_on <= observed_until"
    )
    sourced = f"{won} AND first_touch_at < opened_at"
    step = Step(
        "deals",
        f"""
        SELECT
            count(CASE WHEN {won} THEN 1 END) AS won_deals,
            count(CASE WHEN {won} AND original_amount IS NULL THEN 1 END) AS unpriced_deals,
            count(CASE WHEN outcome = 'won' AND closed_on IS NULL THEN 1 END) AS won_undated,
            CAST(coalesce(sum(CASE WHEN {won} THEN amount END), 0) AS DECIMAL(18, 2)) AS won_amount,
            count(CASE WHEN {sourced} THEN 1 END) AS sourced_deals,
            CAST(coalesce(sum(CASE WHEN {sourced} THEN amount END), 0) AS DECIMAL(18, 2))
                AS sourced_amount,
            (SELECT count(*) FROM deal) AS loaded_deals,
            (SELECT count(*) FROM touch) AS loaded_touches,
            count(CASE WHEN {won} AND original_amount IS NOT NULL AND amount IS NULL THEN 1 END)
                AS unconverted_deals
        FROM scoped
        """,
    )
    return warehouse.query(Query(scope.step("deal"), step)).row(0, named=True)


def _spend(warehouse: Warehouse, scope: Scope) -> tuple[Decimal | None, int]:
    """The period's spend, and on how many days it has no exchange rate.

    None when no spend is loaded, or not by what the scope filters on, or none of it has a rate.
    """
    filters = (*scope.filters, *scope.viewer.restrictions)
    if any(each.dimension not in SPEND_KNOWN_BY for each in filters):
        return None, 0
    spent = "spend_on BETWEEN period_start AND period_end AND spend_on <= observed_until"
    step = Step(
        "spending",
        f"""
        SELECT
            (SELECT count(*) FROM spend) AS loaded_days,
            CAST(coalesce(sum(CASE WHEN {spent} THEN cost_amount END), 0) AS DECIMAL(18, 2))
                AS spend_amount,
            count(CASE WHEN {spent} THEN cost_amount END) AS converted_days,
            count(CASE WHEN {spent} AND cost_amount IS NULL THEN 1 END) AS unconverted_days
        FROM scoped
        """,
    )
    row = warehouse.query(Query(scope.step("spend"), step)).row(0, named=True)
    spend: Decimal = row["spend_amount"]
    without: int = row["unconverted_days"]
    is_known = row["loaded_days"] and (row["converted_days"] or not without)
    return spend if is_known else None, without
