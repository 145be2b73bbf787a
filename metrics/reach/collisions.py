"""Collisions: campaigns that meet at one person, and promotions where a deal is being made."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Timestamp
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.reach.contacts import PROMOTION, contact_steps
from metrics.reach.keyed import reference_steps, with_records
from metrics.scope import Scope

KINDS = ("two campaigns", "open deal")


class Collision(pa.DataFrameModel):
    """One row per kind, campaign and what it collides with, the most contacts first.

    `two campaigns`: the person had a contact of another campaign, `collides_with`, not long before.
    `open deal`: the person's account had a deal open, `collides_with` whose owner that is.
    `contacts` collide; a contact may collide with several.
    """

    kind: str = pa.Field(isin=KINDS)
    campaign: str
    collides_with: str = pa.Field(nullable=True)
    contacts: int = pa.Field(ge=1)
    people: int = pa.Field(ge=1)
    last_on: pl.Date

    class Config:
        """Exactly these columns, one row per kind and what collides."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["kind", "campaign", "collides_with"]


class CollisionRecord(pa.DataFrameModel):
    """One row per contact and what it collides with, the latest first.

    `collides_with` is the other campaign or the id of the deal. `days` lie between the two
    contacts; null for a deal. `records` are the person's references, `system:record`, with a blank
    between.
    """

    kind: str = pa.Field(isin=KINDS)
    person_id: str
    records: str = pa.Field(nullable=True)
    account_id: str = pa.Field(nullable=True)
    contact_at: Timestamp
    way: str
    campaign: str
    collides_with: str
    owner: str = pa.Field(nullable=True)
    days: int = pa.Field(ge=0, nullable=True)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def collisions(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[Collision]:
    """Which campaigns meet at one person, and which meet a deal that is being made?

    Of promotions in the period: contacts of a campaign that are not made through a channel of
    sales. Two campaigns collide where they contact one person within the days that the definitions
    give; which came first counts, so that each pair of contacts is one collision. A deal is open
    from the day after it was opened to the day before it was closed; one that is over without a day
    is not taken to be open. `promotion_conflicts` tells the latter deal by deal.
    """
    found = warehouse.query(
        Query(
            *collision_steps(scope, definitions),
            Step(
                "summed",
                """
                SELECT kind, campaign,
                    CASE kind WHEN 'open deal' THEN owner ELSE collides_with END AS collides_with,
                    count(DISTINCT contact_id) AS contacts, count(DISTINCT person_id) AS people,
                    max(contact_on) AS last_on
                FROM collided
                GROUP BY kind, campaign,
                    CASE kind WHEN 'open deal' THEN owner ELSE collides_with END
                """,
            ),
        )
    )
    rows = found.sort(
        "contacts", "kind", "campaign", "collides_with", descending=[True, True, False, False]
    )
    return Collision.validate(rows, lazy=True)


def collision_records(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[CollisionRecord]:
    """Whose contacts collided, when, and with what?

    The contacts that `collisions` counts.
    """
    steps = collision_steps(scope, definitions)
    found = warehouse.query(Query(*steps))
    references = warehouse.query(Query(*steps, *reference_steps("collided")))
    rows = with_records(found, references).sort(
        "contact_at", "contact_id", "kind", "collides_with", descending=[True, False, False, False]
    )
    columns = list(CollisionRecord.to_schema().columns)
    return CollisionRecord.validate(rows.select(columns), lazy=True)


def collision_steps(scope: Scope, definitions: Definitions) -> tuple[Step, ...]:
    """Steps to `collided`: one row per promotion of the period and what it collides with."""
    days = int(definitions.reach.collision_days)
    return (
        *contact_steps(scope, definitions),
        Step("promotions", f"SELECT * FROM contacts WHERE {PROMOTION}"),
        Step(
            "two_campaigns",
            f"""
            SELECT later.contact_id, later.person_id, later.contact_at, later.contact_on, later.way,
                later.campaign, earlier.campaign AS collides_with,
                min(date_diff('day', earlier.contact_on, later.contact_on)) AS days
            FROM promotions AS later
            JOIN promotions AS earlier ON earlier.person_id = later.person_id
                AND earlier.campaign <> later.campaign AND earlier.place < later.place
                AND date_diff('day', earlier.contact_on, later.contact_on) <= {days}
            WHERE later.in_period = 1
            GROUP BY later.contact_id, later.person_id, later.contact_at, later.contact_on,
                later.way, later.campaign, earlier.campaign
            """,
        ),
        *person_account_steps(),
        Step(
            "collided",
            """
            SELECT 'two campaigns' AS kind, two_campaigns.contact_id, two_campaigns.person_id,
                person_accounts.account_id, two_campaigns.contact_at, two_campaigns.contact_on,
                two_campaigns.way, two_campaigns.campaign, two_campaigns.collides_with,
                CAST(NULL AS VARCHAR) AS owner, two_campaigns.days
            FROM two_campaigns
            LEFT JOIN person_accounts ON person_accounts.person_id = two_campaigns.person_id
            UNION ALL
            SELECT 'open deal', promotions.contact_id, promotions.person_id,
                person_accounts.account_id, promotions.contact_at, promotions.contact_on,
                promotions.way, promotions.campaign, deal.opportunity_id, deal.owner,
                CAST(NULL AS BIGINT)
            FROM promotions
            JOIN person_accounts ON person_accounts.person_id = promotions.person_id
            JOIN deal ON deal.account_id = person_accounts.account_id
                AND deal.opened_on < promotions.contact_on
                AND (deal.closed_on > promotions.contact_on
                    OR (deal.closed_on IS NULL AND deal.outcome = 'open'))
            WHERE promotions.in_period = 1
            """,
        ),
    )


def person_account_steps() -> tuple[Step, ...]:
    """Steps to `person_accounts`: the company of each person whose company is known.

    As the person's record says, else the last by id of those that their leads name.
    """
    return (
        Step(
            "recorded_accounts",
            """
            SELECT coalesce(person_identity.person_id, person.person_id) AS person_id,
                max(account_identity.account_id) AS account_id
            FROM person
            LEFT JOIN person_identity ON person_identity.reference = person.person_id
            JOIN account_identity ON account_identity.reference = person.account_id
                AND account_identity.applied
            GROUP BY coalesce(person_identity.person_id, person.person_id)
            """,
        ),
        Step(
            "lead_accounts",
            """
            SELECT person_id, max(account_id) AS account_id FROM lead_identity
            WHERE person_id IS NOT NULL AND account_id IS NOT NULL
            GROUP BY person_id
            """,
        ),
        Step(
            "person_accounts",
            """
            SELECT person_id, account_id FROM recorded_accounts
            UNION ALL
            SELECT lead_accounts.person_id, lead_accounts.account_id
            FROM lead_accounts
            LEFT JOIN recorded_accounts ON recorded_accounts.person_id = lead_accounts.person_id
            WHERE recorded_accounts.person_id IS NULL
            """,
        ),
    )
