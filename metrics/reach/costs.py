"""Costs of contact: what the campaigns by which people were contacted cost for each."""

from __future__ import annotations

from typing import ClassVar

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from data.schema.contract import Money
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.rates import ratio
from metrics.reach.asked import is_narrow
from metrics.reach.contacts import answered_steps
from metrics.scope import Scope


class ContactCost(pa.DataFrameModel):
    """One row per campaign and way by which it contacted people, the dearest first.

    `cost_amount` is the campaign's spend of the period, shared among its ways by their contacts;
    null where none is loaded or a rate is missing, and `unknown_because` says which. `answered` are
    those of `contacts` that had an answer so far.
    """

    campaign_id: str
    campaign: str
    channel: str
    way: str
    contacts: int = pa.Field(ge=1)
    people: int = pa.Field(ge=1)
    answered: int = pa.Field(ge=0)
    cost_amount: Money = pa.Field(nullable=True)
    cost_per_contact: float = pa.Field(nullable=True)
    cost_per_person: float = pa.Field(nullable=True)
    cost_per_answer: float = pa.Field(nullable=True)
    unknown_because: str = pa.Field(nullable=True)

    class Config:
        """Exactly these columns, one row per campaign and way."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True
        unique: ClassVar[list[str]] = ["campaign_id", "channel", "way"]


def contact_costs(
    warehouse: Warehouse, scope: Scope, definitions: Definitions
) -> DataFrame[ContactCost]:
    """What does a contact cost, by campaign?

    Of contacts in the period that name a campaign. Nobody divides spend by people: with a filter
    the people are fewer and a campaign's spend would be that of all, so that the cost is left
    unknown.
    """
    found = warehouse.query(
        Query(
            *answered_steps(scope, definitions),
            Step(
                "campaign_contacts",
                """
                SELECT campaign_id, min(campaign) AS campaign, channel, way, count(*) AS contacts,
                    count(DISTINCT person_id) AS people,
                    CAST(sum(is_answered) AS BIGINT) AS answered
                FROM answered_contacts
                WHERE campaign_id IS NOT NULL
                GROUP BY campaign_id, channel, way
                """,
            ),
            Step(
                "campaign_costs",
                """
                SELECT spend.campaign_id, count(*) AS spend_days,
                    count(spend.cost_amount) AS priced_days,
                    CAST(sum(spend.cost_amount) AS DECIMAL(18, 2)) AS spend_amount
                FROM spend
                CROSS JOIN bounds
                WHERE spend.spend_on >= bounds.start_on AND spend.spend_on <= bounds.end_on
                GROUP BY spend.campaign_id
                """,
            ),
            Step(
                "costed",
                """
                SELECT campaign_contacts.*, campaign_costs.spend_days, campaign_costs.priced_days,
                    campaign_costs.spend_amount
                FROM campaign_contacts
                LEFT JOIN campaign_costs
                    ON campaign_costs.campaign_id = campaign_contacts.campaign_id
                """,
            ),
        )
    )
    return ContactCost.validate(_costed(found, is_whole=not is_narrow(scope)), lazy=True)


_NO_SPEND = "no spend of the campaign is loaded for the period"
_NO_RATE = "an exchange rate is missing for some of the campaign's spend"
_FILTERED = "spend is that of everybody whom the campaign contacted: clear the filters"


def _costed(found: pl.DataFrame, *, is_whole: bool) -> pl.DataFrame:
    """The rows with their part of the spend, and what each contact, person and answer cost."""
    because = (
        pl.when(pl.lit(not is_whole))
        .then(pl.lit(_FILTERED))
        .when(pl.col("spend_days").is_null())
        .then(pl.lit(_NO_SPEND))
        .when(pl.col("priced_days") < pl.col("spend_days"))
        .then(pl.lit(_NO_RATE))
    )
    part = pl.col("contacts") / pl.col("contacts").sum().over("campaign_id")
    rows = found.with_columns(unknown_because=because, part=part).with_columns(
        cost=pl.when(pl.col("unknown_because").is_null()).then(
            pl.col("spend_amount").cast(pl.Float64) * pl.col("part")
        )
    )
    rows = rows.with_columns(
        cost_amount=pl.col("cost").round(2).cast(pl.Decimal(18, 2)),
        cost_per_contact=ratio(pl.col("cost"), pl.col("contacts")),
        cost_per_person=ratio(pl.col("cost"), pl.col("people")),
        cost_per_answer=ratio(pl.col("cost"), pl.col("answered")),
    ).sort(
        "cost_per_contact",
        "contacts",
        "campaign_id",
        "channel",
        "way",
        descending=[True, True, False, False, False],
        nulls_last=True,
    )
    return rows.select(list(ContactCost.to_schema().columns))
