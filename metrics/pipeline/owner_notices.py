"""New leads of companies that somebody deals with already, and who should hear of them."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope


class OwnerNotice(pa.DataFrameModel):
    """One row per lead that came in within the period from a company known to sales, newest first.

    `existing_relationship` and `notify_owner` are those of `notices`. `owner` is the lead's own;
    `is_told` says that it is the one to be told: then nobody needs to be.
    """

    lead_on: pl.Date
    lead_id: str
    account: str = pa.Field(nullable=True)
    existing_relationship: str
    owner: str
    notify_owner: str = pa.Field(nullable=True)
    is_told: bool
    opportunity_id: str = pa.Field(nullable=True)
    channel: str
    campaign: str

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def owner_notices(warehouse: Warehouse, scope: Scope) -> DataFrame[OwnerNotice]:
    """Which new leads are of a customer or of a company with an open deal, and who is to be told?

    Leads of the scope that came in within its period (`metrics.health.people.notices` lists those
    of all time). An episode that follows a recycling is no new lead.
    """
    found = warehouse.query(
        Query(
            scope.step("journey"),
            Step(
                "noticed",
                """
                SELECT lead_notice.lead_on, lead_notice.lead_id,
                    coalesce(account.name, lead_notice.account_id) AS account,
                    lead_notice.existing_relationship, scoped.owner, lead_notice.notify_owner,
                    CASE WHEN scoped.owner = lead_notice.notify_owner THEN TRUE ELSE FALSE END
                        AS is_told,
                    lead_notice.opportunity_id, scoped.channel, scoped.campaign
                FROM scoped
                JOIN lead_notice ON lead_notice.lead_id = scoped.lead_id
                LEFT JOIN account ON account.account_id = lead_notice.account_id
                WHERE scoped.episode = 1 AND lead_notice.lead_on <= scoped.observed_until
                    AND lead_notice.lead_on BETWEEN scoped.period_start AND scoped.period_end
                """,
            ),
        )
    ).sort("lead_on", "lead_id", descending=[True, False])
    return OwnerNotice.validate(found, lazy=True)
