"""Deals and leads: how many deals are linked to a lead, without which no lead is won."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from data.engine.warehouse import Warehouse
from data.schema.frames import DataFrame, pa
from data.sql import Query, Step
from metrics.scope import Scope, Stage, Unit


class DealLinks(pa.DataFrameModel):
    """One row: the deals that are loaded and those won in the period, and how many have a lead.

    `undated_deals` have neither a day of opening nor one of winning: they are in no period. Of the
    deals that are won and linked, `late_won_deals` were open before any of their leads came, and of
    `guessed_won_deals` the lead is known by a person's name or the company alone.
    """

    leads: int = pa.Field(ge=0)
    deals: int = pa.Field(ge=0)
    linked_deals: int = pa.Field(ge=0)
    undated_deals: int = pa.Field(ge=0)
    won_deals: int = pa.Field(ge=0)
    linked_won_deals: int = pa.Field(ge=0)
    late_won_deals: int = pa.Field(ge=0)
    guessed_won_deals: int = pa.Field(ge=0)

    class Config:
        """Exactly these columns."""

        strict: ClassVar[bool] = True
        ordered: ClassVar[bool] = True


def deal_links(warehouse: Warehouse, scope: Scope) -> DataFrame[DealLinks]:
    """How many deals are linked to a lead?

    One row. `leads`, `deals`, `linked_deals` and `undated_deals` are of all that is loaded,
    `won_deals` and `linked_won_deals` were closed as won in the period. A deal is linked when a
    loaded lead is its primary one. Filters are left out, for a deal without a lead has no segment
    of one; the viewer's restriction is kept. Only linked deals take their leads to the stages
    opportunity and won, and only leads that were there when the deal was opened.
    """
    won = (
        "outcome = 'won' AND closed_on BETWEEN period_start AND period_end"
        " AND closed_on <= observed_until"
    )
    unfiltered = replace(scope, filters=())
    leads = warehouse.query(
        Query(
            unfiltered.step("journey"),
            Step("counted", "SELECT count(DISTINCT lead_id) AS leads FROM scoped"),
        )
    )
    deals = warehouse.query(
        Query(
            unfiltered.step("deal"),
            Step(
                "counted",
                f"""
                SELECT count(*) AS deals, count(lead_id) AS linked_deals,
                    count(CASE WHEN opened_on IS NULL AND (outcome <> 'won' OR closed_on IS NULL)
                        THEN 1 END) AS undated_deals,
                    count(CASE WHEN {won} THEN 1 END) AS won_deals,
                    count(CASE WHEN {won} THEN lead_id END) AS linked_won_deals,
                    count(CASE WHEN {won} AND came_late THEN 1 END) AS late_won_deals,
                    count(CASE WHEN {won} AND NOT came_late AND linked_by IN ('name', 'account')
                        THEN 1 END) AS guessed_won_deals
                FROM scoped
                """,
            ),
        )
    )
    return DealLinks.validate(leads.hstack(deals), lazy=True)


def unlinked_stages(links: Mapping[str, int], unit: Unit) -> tuple[Stage, ...]:
    """The stages of which a count of 0 says only that no deal is linked to a lead.

    `links` is the row of `deal_links`. Where leads are loaded, that is what deals take them to.

    >>> links = {"leads": 12, "deals": 4, "linked_deals": 0}
    >>> [each.value for each in unlinked_stages(links, Unit.LEAD)]
    ['opportunity', 'won']
    >>> unlinked_stages(links | {"linked_deals": 1}, Unit.LEAD)
    ()
    """
    if unit is Unit.DEAL or not links["deals"] or links["linked_deals"]:
        return ()
    return (Unit.DEAL if links["leads"] else unit).stages
