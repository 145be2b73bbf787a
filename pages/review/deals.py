"""Deals: the records behind a number, and what to do where no lead is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from metrics.funnel.deal_links import deal_links, unlinked_stages
from metrics.headline import headline
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.wording import formats
from pages.controls.measure import measure
from pages.controls.scope import choose_unit


def show_unlinked(scope: Scope) -> bool:
    """Say that deals are loaded and none is linked to a lead, and offer to count deals.

    Accounts have their deals all the same. Whether it was said: then a page without leads needs no
    other advice.
    """
    links = _links(scope)
    if scope.unit is not Unit.LEAD or not links["deals"] or links["linked_deals"]:
        return False
    deals = formats.counted(links["deals"], "deal is", "deals are")
    leads = (
        f"{formats.counted(links['leads'], 'lead is', 'leads are')} loaded as well"
        if links["leads"]
        else "no leads are loaded"
    )
    with st.container(border=True):
        st.markdown(
            f":material/link_off: **{deals} loaded, 0 of them linked to a lead**, and {leads}. So "
            "no lead counts as an opportunity or as won here. Load the file that "
            "links them: deals with a lead or contact, or the contact roles of deals. Or count "
            "deals: how many were opened and won."
        )
        st.button(
            "Count deals",
            icon=":material/handshake:",
            on_click=choose_unit,
            args=(Unit.DEAL,),
            key="count_deals",
        )
    return True


def told(reached: Mapping[str, int], scope: Scope) -> dict[str, int | None]:
    """The counts by stage; unknown instead of a zero that only says that no deal has a lead."""
    unknown = unlinked_stages(_links(scope), scope.unit)
    return {
        stage: None if stage in unknown and not count else count for stage, count in reached.items()
    }


def deal_gaps(scope: Scope) -> list[str]:
    """What the deals do not say: those without a lead, or counted themselves, without a day."""
    links = _links(scope)
    if scope.unit is Unit.DEAL:
        if not links["undated_deals"]:
            return []
        deals = formats.counted(links["undated_deals"], "deal has", "deals have")
        return [f"{deals} no day of opening and so no place in any period."]
    deals = formats.counted(links["won_deals"], "deal")
    won = f"of the {deals} won in the period, with filters left aside,"
    said = []
    is_of_leads = scope.unit is Unit.LEAD
    if is_of_leads and (alone := links["won_deals"] - links["linked_won_deals"]):
        said.append(
            f"{formats.count(alone)} {won} are linked to no lead: they count in won revenue, "
            "not among the leads that were won."
        )
    if is_of_leads and not scope.filters and (linked := links["linked_won_deals"]):
        leads = measure(headline, replace(scope, basis=Basis.FLOW, window_days=None))["won"].item()
        if leads != linked - links["late_won_deals"]:
            said.append(
                f"{formats.counted(linked, 'deal')} won in the period with a lead, and "
                f"{formats.counted(leads, 'lead', 'leads')} won: a lead is won once, by its first "
                "deal, and a deal may win several leads."
            )
    if is_of_leads and (late := links["late_won_deals"]):
        said.append(
            f"{formats.count(late)} {won} were open before any of their leads came: they "
            "count in won revenue, and no lead is won by them."
        )
    if guessed := links["guessed_won_deals"]:
        said.append(
            f"{formats.count(guessed)} {won} name no lead, and have the one that a person's "
            "name or their company tells. The definitions say under “How deals find their leads” "
            "whether that counts."
        )
    return said


def undated_stages(conversion: pl.DataFrame, scope: Scope) -> str | None:
    """How many reached a stage on a day that nobody recorded, and which file would tell it."""
    rows = conversion.filter(pl.col("undated") > 0).select("stage", "undated").rows()
    if not rows:
        return None
    listed = ", ".join(f"{Stage(stage).word} {formats.count(count)}" for stage, count in rows)
    counted = (
        "They count in the shares of this cohort. They are in no month of events, in no step's own "
        "cohort and in nothing that needs a day, such as speed and forecasts"
        if scope.basis is Basis.COHORT
        else "They are in no period and so in no number here: switch to cohort to count them"
    )
    return (
        f"Reached on a day that nobody recorded: {listed}. Records stand there now, and no file "
        f"says since when. {counted}. A history of the leads would tell the days, or an export "
        "with a date for each stage, such as HubSpot's columns Became an MQL date."
    )


def _links(scope: Scope) -> dict[str, Any]:
    return measure(deal_links, scope).row(0, named=True)
