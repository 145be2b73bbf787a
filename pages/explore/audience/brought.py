"""What brought contacts: what these cost, who brings bad ones, and which ports say nothing."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.reach.bad_contacts import BROUGHT_BY, MONTH, bad_contacts
from metrics.reach.costs import contact_costs
from metrics.reach.utm_coverage import utm_coverage
from metrics.returns.spread_spend import Grain
from pages.controls.address import choose_one
from pages.controls.captions import note_spread
from pages.controls.columns import bar, number, percent, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_table_or
from pages.explore.audience.asked import Asked

_BY = {each.capitalize(): each for each in (*BROUGHT_BY, MONTH)}


def show_costs(asked: Asked) -> None:
    """Spend per contact, person and answer, by campaign."""
    found = measure(contact_costs, asked.scope, definitions())
    columns = {
        "campaign": text("Campaign", pinned=True), "channel": text("Channel"), "way": text("Way"),
        "contacts": number("Contacts"), "people": number("People"),
        "answered": number("Answered"), "cost_amount": short(f"Cost, {asked.currency}"),
        "cost_per_contact": short("Per contact"), "cost_per_person": short("Per person"),
        "cost_per_answer": short("Per answer"), "unknown_because": text("Unknown because"),
    }  # fmt: skip
    show_table_or(
        "No contact of the period names a campaign.",
        found.select(list(columns)),
        alt="Cost per contact by campaign",
        stem=file_stem("contact_costs", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption("A campaign's spend of the period is shared among its ways by their contacts.")
    note_spread(asked.scope, Grain.PERIOD)


def show_bad_contacts(asked: Asked) -> None:
    """Who or what brings bad mailboxes and phones, and what they cost."""
    found = measure(bad_contacts, asked.scope, definitions())
    by = _BY[choose_one("Brought by", _BY, key="reach_bad_by", width=240)]
    shown = found.filter(pl.col("brought_by") == by)
    columns = {
        "value": text(by.capitalize(), pinned=True), "leads": number("Leads"),
        "judged": number("Known"), "bad": number("Bad"), "unreachable": number("Unreachable"),
        "bad_rate": percent("Bad of known"), "bad_rate_low": percent("95% low"),
        "bad_rate_high": percent("95% high"), "cost": short(f"They cost, {asked.currency}"),
    }  # fmt: skip
    show_table_or(
        "No lead came in within the period.",
        shown.select(list(columns)),
        alt=f"Leads with a bad mailbox or phone, by {by}",
        stem=file_stem("bad_contacts", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "Bad: the last mail came back, the last call was to a wrong number, or a record says so. "
        "Unreachable: and nothing else of the person is known to be good. Each cost what a lead of "
        "its channel cost in the period; a dash where no spend of the channel is known."
    )


def show_utm(asked: Asked) -> None:
    """Touches by port with complete, partial and no UTM parts."""
    found = measure(utm_coverage, asked.scope, definitions())
    columns = {
        "port": text("Port", pinned=True), "channel": text("Channel"),
        "touches": number("Touches"), "complete": number("Complete"),
        "partial": number("Partial"), "missing": number("None"),
        "complete_rate": bar("Complete of all"),
    }  # fmt: skip
    show_table_or(
        "There was no touch in the period.",
        found.select(list(columns)),
        alt="Touches by port and channel, by how much they say of their campaign",
        stem=file_stem("utm_coverage", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "The port is the system that recorded the touch. Complete: source, medium and campaign. "
        "What has no address, such as a call, cannot bear any."
    )
