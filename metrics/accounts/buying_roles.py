"""Buying roles: which of them are known and reached at the accounts that are in play."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.schema.contract import UNASSIGNED, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.accounts.belongings import people_steps
from metrics.accounts.members import account_steps, only_asked, shown
from metrics.rates import ratio, wilson
from metrics.scope import Dimension, Scope

ROLES = (Dimension.PERSONA, Dimension.SENIORITY, Dimension.DEPARTMENT)
"""What says which part somebody plays in buying."""


class AccountRole(pa.DataFrameModel):
    """One row per account in play and role, accounts with most open deals first.

    In play are accounts on a list of targets, and those with a deal open on the period's last day.
    Roles are all that somebody at one of them has. `people` of the role are known, `reached` of
    them ever did something that counts as a touch, `engaged` did so in the period; 0 is a gap.
    """

    account_id: str
    account: str
    open_deals: int = pa.Field(ge=0)
    role: str
    people: int = pa.Field(ge=0)
    reached: int = pa.Field(ge=0)
    engaged: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per account and role."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["account_id", "role"]


class BuyingRole(pa.DataFrameModel):
    """One row per role, the one that is reached at most accounts first, `Unassigned` last.

    Of the `accounts` in play, `known` have somebody of the role on record, `reached` somebody who
    ever did something that counts as a touch, `engaged` somebody who did in the period. `gaps` are
    accounts with an open deal at which nobody of the role is reached.
    """

    role: str
    accounts: int = pa.Field(ge=1)
    known: int = pa.Field(ge=0)
    reached: int = pa.Field(ge=0)
    reached_rate: float = pa.Field(ge=0, le=1)
    reached_rate_low: float = pa.Field(ge=0, le=1)
    reached_rate_high: float = pa.Field(ge=0, le=1)
    engaged: int = pa.Field(ge=0)
    people: int = pa.Field(ge=0)
    gaps: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns, one row per role."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["role"]


def buying_roles(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.PERSONA
) -> DataFrame[BuyingRole]:
    """Which buying roles are reached at the accounts that are in play?

    See `account_roles` for who counts. Basis, unit, counting and window make no difference.

    Raises MetricError for a dimension that is no role.
    Source: Wilson (1927) for the bounds.
    """
    rows = _rows(warehouse, scope, by)
    accounts = pl.lit(rows["account_id"].n_unique()).cast(pl.Int64)
    low, high = wilson(pl.col("reached"), pl.col("accounts"))
    found = (
        rows.group_by("role")
        .agg(
            accounts=accounts,
            known=(pl.col("people") > 0).sum().cast(pl.Int64),
            reached=(pl.col("reached") > 0).sum().cast(pl.Int64),
            engaged=(pl.col("engaged") > 0).sum().cast(pl.Int64),
            people=pl.col("people").sum(),
            gaps=((pl.col("reached") == 0) & (pl.col("open_deals") > 0)).sum().cast(pl.Int64),
        )
        .with_columns(
            reached_rate=ratio(pl.col("reached"), pl.col("accounts")),
            reached_rate_low=low,
            reached_rate_high=high,
        )
        .sort(pl.col("role") == UNASSIGNED, -pl.col("reached"), "role")
    )
    return BuyingRole.validate(_shaped(found, BuyingRole), lazy=True)


def account_roles(
    warehouse: Warehouse, scope: Scope, by: Dimension = Dimension.PERSONA
) -> DataFrame[AccountRole]:
    """Which buying roles are known and reached at each account that is in play, which are not?

    A person's role is the one of their first lead at the account, else that of their record. A
    filter is about accounts, by the segment of their earliest lead, or deal.

    Raises MetricError for a dimension that is no role.
    """
    rows = _rows(warehouse, scope, by).sort(
        -pl.col("open_deals"), "account", "account_id", pl.col("role") == UNASSIGNED, "role"
    )
    return AccountRole.validate(_shaped(rows, AccountRole), lazy=True)


def _shaped(found: pl.DataFrame, contract: type[pa.DataFrameModel]) -> pl.DataFrame:
    types = columns(contract)
    return found.select(list(types)).cast(pl.Schema(types))


def _rows(warehouse: Warehouse, scope: Scope, by: Dimension) -> pl.DataFrame:
    if by not in ROLES:
        names = ", ".join(each.label for each in ROLES)
        raise MetricError(f"{by.label} is no buying role: use one of {names}")
    return warehouse.query(Query(*account_steps(scope), *_steps(scope, by.value)))


def _steps(scope: Scope, role: str) -> tuple[Step, ...]:
    target = "coalesce(identity.account_id, target_account.account_id)"
    return (
        Step(
            "in_play",
            f"""
            SELECT {target} AS account_id
            FROM target_account
            LEFT JOIN account_identity AS identity
                ON identity.reference = target_account.account_id AND identity.applied
            UNION
            SELECT account_id FROM deals WHERE is_open
            """,
        ),
        Step(
            "wanted",
            f"SELECT in_play.account_id FROM in_play {only_asked(scope, 'in_play')}",
        ),
        *people_steps(scope, "wanted"),
        Step(
            "lead_roles",
            f"""
            SELECT account_id, person_id, {role} AS role, row_number() OVER (
                PARTITION BY account_id, person_id
                ORDER BY CASE WHEN {role} = '{UNASSIGNED}' THEN 1 ELSE 0 END,
                    since_on NULLS LAST, lead_id
            ) AS place
            FROM leads
            WHERE person_id IS NOT NULL
            """,
        ),
        Step(
            "record_roles",
            f"""
            SELECT person_identity.person_id,
                coalesce(max(CASE WHEN person.person_id = person_identity.person_id
                    THEN person.{role} END), max(person.{role})) AS role
            FROM person
            JOIN person_identity ON person_identity.reference = person.person_id
            JOIN touching_people ON touching_people.person_id = person_identity.person_id
            GROUP BY person_identity.person_id
            """,
        ),
        Step(
            "people_roles",
            f"""
            SELECT account_people.account_id, account_people.touches,
                account_people.touches_in_period,
                coalesce(nullif(lead_roles.role, '{UNASSIGNED}'), record_roles.role,
                    '{UNASSIGNED}') AS role
            FROM account_people
            LEFT JOIN lead_roles ON lead_roles.account_id = account_people.account_id
                AND lead_roles.person_id = account_people.person_id AND lead_roles.place = 1
            LEFT JOIN record_roles ON record_roles.person_id = account_people.person_id
            """,
        ),
        Step(
            "role_counts",
            """
            SELECT account_id, role, count(*) AS people,
                count(CASE WHEN touches > 0 THEN 1 END) AS reached,
                count(CASE WHEN touches_in_period > 0 THEN 1 END) AS engaged
            FROM people_roles
            GROUP BY account_id, role
            """,
        ),
        Step("roles", "SELECT DISTINCT role FROM people_roles"),
        Step(
            "open_counts",
            """
            SELECT account_id, count(CASE WHEN is_open THEN 1 END) AS open_deals
            FROM deals GROUP BY account_id
            """,
        ),
        Step(
            "account_roles",
            f"""
            SELECT wanted.account_id, {shown("companies.account", "wanted.account_id")} AS account,
                coalesce(open_counts.open_deals, 0) AS open_deals, roles.role,
                coalesce(role_counts.people, 0) AS people,
                coalesce(role_counts.reached, 0) AS reached,
                coalesce(role_counts.engaged, 0) AS engaged
            FROM wanted
            CROSS JOIN roles
            LEFT JOIN companies ON companies.account_id = wanted.account_id
            LEFT JOIN open_counts ON open_counts.account_id = wanted.account_id
            LEFT JOIN role_counts ON role_counts.account_id = wanted.account_id
                AND role_counts.role = roles.role
            """,
        ),
    )
