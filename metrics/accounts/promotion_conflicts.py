"""Promotion conflicts: campaigns that met an open deal, deal by deal, and who should be told."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.accounts.members import COMPANIES, owner_known, shown
from metrics.reach.collisions import collision_steps
from metrics.scope import Scope


class PromotionConflict(pa.DataFrameModel):
    """One row per campaign and open deal that it met, the newest contact first.

    `contacts` is how often people of the account were contacted while the deal was open, `people`
    how many were. Days are those of contacts, of UTC. `owner` is who should be told: the deal's,
    else the account's; null where neither is recorded. `amount` is the deal's, in the base
    currency, null where it has none.
    """

    campaign: str
    opportunity_id: str
    account_id: str
    account: str
    owner: str = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True)
    contacts: int = pa.Field(ge=1)
    people: int = pa.Field(ge=1)
    first_on: pl.Date
    last_on: pl.Date
    is_open: bool

    class Config:
        """Exactly these columns, one row per campaign and deal."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign", "opportunity_id"]


def promotion_conflicts(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[PromotionConflict]:
    """Which campaigns contacted people of accounts with an open deal, and who should be told?

    The contacts that `collisions` counts of the kind `open deal`, by campaign and deal: the same
    promotions, people, accounts and days on which a deal was open. `is_open`: it is open on the
    last day of the period observed. A filter is about people, by a lead of theirs. Basis, unit,
    counting and window make no difference.
    """
    found = warehouse.query(Query(*collision_steps(scope, definitions), *_STEPS))
    types = columns(PromotionConflict)
    rows = (
        found.sort("last_on", "account", "campaign", "opportunity_id",
                   descending=[True, False, False, False])
        .select(list(types))
        .cast(pl.Schema(types))
    )  # fmt: skip
    return PromotionConflict.validate(rows, lazy=True)


_STEPS = (
    Step(
        "conflicts",
        """
        SELECT campaign, collides_with AS opportunity_id, account_id, count(*) AS contacts,
            count(DISTINCT person_id) AS people, min(contact_on) AS first_on,
            max(contact_on) AS last_on
        FROM collided
        WHERE kind = 'open deal'
        GROUP BY campaign, collides_with, account_id
        """,
    ),
    COMPANIES,
    Step(
        "told",
        f"""
        SELECT conflicts.*, deal.amount,
            deal.opened_on <= bounds.end_on AND (deal.closed_on > bounds.end_on
                OR (deal.closed_on IS NULL AND deal.outcome = 'open')) AS is_open,
            {shown("companies.account", "conflicts.account_id")} AS account,
            coalesce({owner_known("deal.owner")}, companies.owner) AS owner
        FROM conflicts
        JOIN deal ON deal.opportunity_id = conflicts.opportunity_id
        LEFT JOIN companies ON companies.account_id = conflicts.account_id
        CROSS JOIN bounds
        """,
    ),
)
