"""Target accounts: how far each list has come, and what each account on it still lacks."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.contract import UNASSIGNED, Money, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.accounts.belongings import deal_counts, people_steps
from metrics.accounts.members import account_steps, only_asked, owner_known, shown
from metrics.accounts.priced import refuse_unpriced
from metrics.rates import ratio, wilson
from metrics.scope import Scope

STATES = ("known", "reached", "engaged", "in_pipeline", "won")
"""How far an account may have come; each is counted by itself."""


class Missing(StrEnum):
    """What an account on a list lacks first."""

    KNOWN = "nobody known"
    REACHED = "nobody reached"
    ENGAGED = "nobody active in the period"
    PIPELINE = "no open deal"
    NOTHING = "nothing"


class TargetAccounts(pa.DataFrameModel):
    """One row per list of target accounts and tier; tiers of a list add up to it.

    `known` accounts have somebody on record, `reached` ones somebody who ever did something that
    counts as a touch, `engaged` ones somebody who did in the period, `in_pipeline` ones a deal open
    on its last day, `won` ones a deal won in it. Each is a share of `accounts` too, with bounds of
    95%. `people` are known, of which `people_reached` ever touched anything; `open_amount` is what
    the open deals are worth, in the base currency.
    """

    list_name: str
    tier: str
    accounts: int = pa.Field(ge=1)
    known: int = pa.Field(ge=0)
    known_rate: float = pa.Field(ge=0, le=1)
    known_rate_low: float = pa.Field(ge=0, le=1)
    known_rate_high: float = pa.Field(ge=0, le=1)
    reached: int = pa.Field(ge=0)
    reached_rate: float = pa.Field(ge=0, le=1)
    reached_rate_low: float = pa.Field(ge=0, le=1)
    reached_rate_high: float = pa.Field(ge=0, le=1)
    engaged: int = pa.Field(ge=0)
    engaged_rate: float = pa.Field(ge=0, le=1)
    engaged_rate_low: float = pa.Field(ge=0, le=1)
    engaged_rate_high: float = pa.Field(ge=0, le=1)
    in_pipeline: int = pa.Field(ge=0)
    in_pipeline_rate: float = pa.Field(ge=0, le=1)
    in_pipeline_rate_low: float = pa.Field(ge=0, le=1)
    in_pipeline_rate_high: float = pa.Field(ge=0, le=1)
    won: int = pa.Field(ge=0)
    won_rate: float = pa.Field(ge=0, le=1)
    won_rate_low: float = pa.Field(ge=0, le=1)
    won_rate_high: float = pa.Field(ge=0, le=1)
    people: int = pa.Field(ge=0)
    people_reached: int = pa.Field(ge=0)
    open_amount: Money
    unpriced_deals: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per list and tier."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["list_name", "tier"]


class TargetAccountRow(pa.DataFrameModel):
    """One row per list and account on it, by list, then tier and name.

    `missing` is what it lacks first, in the order in which it is to be had. `owner` is that of an
    open deal, else the account's, else that of its first lead; null where none is recorded.
    `last_touch_on` is the last day until the period's end on which one of its people did anything.
    """

    list_name: str
    tier: str
    account_id: str
    account: str
    owner: str = pa.Field(nullable=True)
    missing: str = pa.Field(isin=[each.value for each in Missing])
    people: int = pa.Field(ge=0)
    people_reached: int = pa.Field(ge=0)
    people_engaged: int = pa.Field(ge=0)
    leads: int = pa.Field(ge=0)
    last_touch_on: pl.Date = pa.Field(nullable=True)
    open_deals: int = pa.Field(ge=0)
    open_amount: Money
    won_deals: int = pa.Field(ge=0)
    won_amount: Money
    unpriced_deals: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per list and account."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["list_name", "account_id"]


def target_accounts(warehouse: Warehouse, scope: Scope) -> DataFrame[TargetAccounts]:
    """How much of each list of target accounts is known, reached, engaged, in pipeline and won?

    Accounts are companies: two rows of a list that mean one company count once, in the tier that
    comes first by spelling. A filter is about accounts, by the segment of their earliest lead, or
    deal; accounts without either pass no filter. Basis, unit, counting and window make no
    difference.

    Raises MissingRateError where an amount has no exchange rate.
    Source: Wilson (1927) for the bounds.
    """
    rows = _listed(warehouse, scope)
    has = {
        "known": pl.col("people") + pl.col("leads"),
        "reached": pl.col("people_reached"),
        "engaged": pl.col("people_engaged"),
        "in_pipeline": pl.col("open_deals"),
        "won": pl.col("won_deals"),
    }
    found = rows.group_by("list_name", "tier").agg(
        pl.len().cast(pl.Int64).alias("accounts"),
        *((expression > 0).sum().cast(pl.Int64).alias(name) for name, expression in has.items()),
        pl.col("people", "people_reached", "open_amount", "unpriced_deals").sum(),
    )
    whole = pl.col("accounts")
    for name in STATES:
        low, high = wilson(pl.col(name), whole)
        found = found.with_columns(
            ratio(pl.col(name), whole).alias(f"{name}_rate"),
            low.alias(f"{name}_rate_low"),
            high.alias(f"{name}_rate_high"),
        )
    ordered = found.sort("list_name", pl.col("tier") == UNASSIGNED, "tier")
    return TargetAccounts.validate(_shaped(ordered, TargetAccounts), lazy=True)


def target_account_list(warehouse: Warehouse, scope: Scope) -> DataFrame[TargetAccountRow]:
    """What does each target account still lack, and whose is it?

    The accounts that `target_accounts` counts, one by one: to work through, or to download.

    Raises MissingRateError where an amount has no exchange rate.
    """
    rows = _listed(warehouse, scope)
    missing = (
        pl.when(pl.col("people") + pl.col("leads") == 0).then(pl.lit(Missing.KNOWN.value))
        .when(pl.col("people_reached") == 0).then(pl.lit(Missing.REACHED.value))
        .when(pl.col("people_engaged") == 0).then(pl.lit(Missing.ENGAGED.value))
        .when(pl.col("open_deals") + pl.col("won_deals") == 0)
        .then(pl.lit(Missing.PIPELINE.value))
        .otherwise(pl.lit(Missing.NOTHING.value))
    )  # fmt: skip
    found = rows.with_columns(missing=missing).sort(
        "list_name", pl.col("tier") == UNASSIGNED, "tier", "account", "account_id"
    )
    return TargetAccountRow.validate(_shaped(found, TargetAccountRow), lazy=True)


def _shaped(found: pl.DataFrame, contract: type[pa.DataFrameModel]) -> pl.DataFrame:
    types = columns(contract)
    return found.select(list(types)).cast(pl.Schema(types))


def _listed(warehouse: Warehouse, scope: Scope) -> pl.DataFrame:
    """One row per list and account, with all that is counted."""
    rows = warehouse.query(Query(*account_steps(scope), *_steps(scope)))
    refuse_unpriced(rows)
    amounts = pl.col("open_amount", "won_amount").fill_null(0)
    return rows.with_columns(amounts)


def _steps(scope: Scope) -> tuple[Step, ...]:
    account = "coalesce(identity.account_id, target_account.account_id)"
    return (
        Step(
            "named_targets",
            f"""
            SELECT target_account.list_name, {account} AS account_id,
                coalesce(min(target_account.tier), '{UNASSIGNED}') AS tier
            FROM target_account
            LEFT JOIN account_identity AS identity
                ON identity.reference = target_account.account_id AND identity.applied
            GROUP BY target_account.list_name, {account}
            """,
        ),
        Step(
            "targets",
            f"""
            SELECT named_targets.list_name, named_targets.account_id, named_targets.tier
            FROM named_targets
            {only_asked(scope, "named_targets")}
            """,
        ),
        Step("wanted", "SELECT DISTINCT account_id FROM targets"),
        *people_steps(scope, "wanted"),
        Step(
            "people_counts",
            """
            SELECT account_id, count(*) AS people,
                count(CASE WHEN touches > 0 THEN 1 END) AS people_reached,
                count(CASE WHEN touches_in_period > 0 THEN 1 END) AS people_engaged,
                max(last_touch_on) AS last_touch_on
            FROM account_people
            GROUP BY account_id
            """,
        ),
        Step(
            "lead_counts",
            f"""
            SELECT placed.account_id, count(*) AS leads,
                min(CASE WHEN place = 1 THEN {owner_known("placed.owner")} END) AS lead_owner
            FROM (
                SELECT leads.account_id, leads.owner, row_number() OVER (
                    PARTITION BY leads.account_id ORDER BY since_on NULLS LAST, lead_id
                ) AS place
                FROM leads JOIN wanted ON wanted.account_id = leads.account_id
            ) AS placed
            GROUP BY placed.account_id
            """,
        ),
        deal_counts("deal_sums", "wanted"),
        Step(
            "listed",
            f"""
            SELECT targets.list_name, targets.tier, targets.account_id,
                {shown("companies.account", "targets.account_id")} AS account,
                coalesce(deal_sums.deal_owner, companies.owner,
                    lead_counts.lead_owner) AS owner,
                coalesce(people_counts.people, 0) AS people,
                coalesce(people_counts.people_reached, 0) AS people_reached,
                coalesce(people_counts.people_engaged, 0) AS people_engaged,
                people_counts.last_touch_on,
                coalesce(lead_counts.leads, 0) AS leads,
                coalesce(deal_sums.open_deals, 0) AS open_deals,
                coalesce(deal_sums.won_deals, 0) AS won_deals,
                deal_sums.open_amount, deal_sums.won_amount,
                coalesce(deal_sums.unpriced_deals, 0) AS unpriced_deals,
                coalesce(deal_sums.unconverted_rows, 0) AS unconverted_rows,
                deal_sums.unconverted_currency, deal_sums.unconverted_from,
                deal_sums.unconverted_to
            FROM targets
            LEFT JOIN companies ON companies.account_id = targets.account_id
            LEFT JOIN people_counts ON people_counts.account_id = targets.account_id
            LEFT JOIN lead_counts ON lead_counts.account_id = targets.account_id
            LEFT JOIN deal_sums ON deal_sums.account_id = targets.account_id
            """,
        ),
    )
