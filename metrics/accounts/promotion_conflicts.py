"""Promotion conflicts: marketing contacts at accounts with which sales has an open deal."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.references import CAMPAIGNS, named_steps
from data.schema.contract import Money, columns
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.accounts.belongings import people_steps
from metrics.accounts.members import account_steps, only_asked, owner_known, shown
from metrics.scope import Scope


class PromotionConflict(pa.DataFrameModel):
    """One row per campaign and open deal that it met, the newest contact first.

    `contacts` is how often people of the account were contacted while the deal was open, `people`
    how many were. Days are those of the reporting time zone. `owner` is who should be told: the
    deal's, else the account's; null where neither is recorded. `amount` is the deal's, in the base
    currency, null where it has none.
    """

    campaign: str
    opportunity_id: str
    account_id: str
    account: str
    owner: str = pa.Field(nullable=True)
    amount: Money = pa.Field(nullable=True, ge=0)
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

    Contacts are what the definitions call outbound, of a campaign, in the period; what sales does
    by its own channels is no promotion. A deal is open from the moment it was opened to the moment
    it was closed; one of which either is not known where it should be is not there. `is_open`: it
    is open on the last day of the period observed. A filter is about accounts, by the segment of
    their earliest lead, or deal. Basis, unit, counting and window make no difference.
    """
    words = [
        *(("outbound", each) for each in definitions.touch.outbound),
        *(("sales channel", each) for each in definitions.touch.sales_channels),
        *(("moment", str(each)) for each in _moments(scope, definitions)),
    ]
    rows = warehouse.query(Query(*account_steps(scope, words), *_steps(scope)))
    zone = definitions.time_zone
    days = [
        pl.col(f"{name}_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.date()
        .alias(f"{name}_on")
        for name in ("first", "last")
    ]  # fmt: skip
    types = columns(PromotionConflict)
    found = (
        rows.with_columns(days)
        .sort("last_at", "account", "campaign", "opportunity_id",
              descending=[True, False, False, False])
        .select(list(types))
        .cast(pl.Schema(types))
    )  # fmt: skip
    return PromotionConflict.validate(found, lazy=True)


def _moments(scope: Scope, definitions: Definitions) -> tuple[datetime, datetime]:
    """The UTC moments at which the period begins, and what is seen of it ends."""
    until = min(scope.period.end, scope.observed_until) + timedelta(days=1)
    start, end = (
        datetime.combine(day, time(), definitions.zone).astimezone(UTC).replace(tzinfo=None)
        for day in (scope.period.start, until)
    )
    return start, end


def _steps(scope: Scope) -> tuple[Step, ...]:
    return (
        Step(
            "moments",
            """
            SELECT min(CAST(word AS TIMESTAMP)) AS start_at, max(CAST(word AS TIMESTAMP)) AS end_at
            FROM words WHERE kind = 'moment'
            """,
        ),
        Step(
            "dealt_with",
            f"""
            SELECT deals.account_id, deals.opportunity_id, deals.owner, deals.amount,
                deals.is_open, deals.opened_at,
                CASE WHEN opportunity.outcome IN ('won', 'lost') THEN opportunity.closed_at END
                    AS closed_at
            FROM deals
            JOIN opportunity ON opportunity.opportunity_id = deals.opportunity_id
            {only_asked(scope, "deals")}
            CROSS JOIN moments
            WHERE deals.opened_at < moments.end_at
                AND (deals.outcome = 'open' OR opportunity.closed_at > moments.start_at)
            """,
        ),
        Step("wanted", "SELECT DISTINCT account_id FROM dealt_with"),
        *people_steps(scope, "wanted"),
        *named_steps(CAMPAIGNS),
        Step(
            "their_references",
            """
            SELECT person_identity.reference, person_identity.person_id
            FROM person_identity
            JOIN touching_people ON touching_people.person_id = person_identity.person_id
            UNION
            SELECT person_id, min(person_id) FROM touching_people GROUP BY person_id
            """,
        ),
        Step(
            "contacts",
            """
            SELECT their_references.person_id, interaction.occurred_at,
                coalesce(campaign.name, interaction.campaign_id) AS campaign
            FROM interaction
            JOIN their_references ON their_references.reference = interaction.person_id
            JOIN words AS outbound
                ON outbound.kind = 'outbound' AND outbound.word = interaction.action
            LEFT JOIN campaigns AS campaign ON campaign.reference = interaction.campaign_id
            LEFT JOIN words AS sales ON sales.kind = 'sales channel'
                AND sales.word = coalesce(interaction.channel, campaign.channel)
            CROSS JOIN moments
            WHERE interaction.campaign_id IS NOT NULL AND sales.word IS NULL
                AND interaction.occurred_at >= moments.start_at
                AND interaction.occurred_at < moments.end_at
            """,
        ),
        Step(
            "conflicts",
            """
            SELECT contacts.campaign, dealt_with.opportunity_id, count(*) AS contacts,
                count(DISTINCT contacts.person_id) AS people,
                min(contacts.occurred_at) AS first_at, max(contacts.occurred_at) AS last_at
            FROM dealt_with
            JOIN account_people ON account_people.account_id = dealt_with.account_id
            JOIN contacts ON contacts.person_id = account_people.person_id
            WHERE contacts.occurred_at >= dealt_with.opened_at
                AND (dealt_with.closed_at IS NULL OR contacts.occurred_at < dealt_with.closed_at)
            GROUP BY contacts.campaign, dealt_with.opportunity_id
            """,
        ),
        Step(
            "told",
            f"""
            SELECT conflicts.*, dealt_with.account_id, dealt_with.amount, dealt_with.is_open,
                {shown("companies.account", "dealt_with.account_id")} AS account,
                coalesce({owner_known("dealt_with.owner")}, companies.owner) AS owner
            FROM conflicts
            JOIN dealt_with ON dealt_with.opportunity_id = conflicts.opportunity_id
            LEFT JOIN companies ON companies.account_id = dealt_with.account_id
            """,
        ),
    )
