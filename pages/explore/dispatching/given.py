"""Who was given leads: routes, leads that lie with nobody, and the load of sellers."""

from __future__ import annotations

import streamlit as st

from metrics.dispatch.loads import seller_load
from metrics.dispatch.routes import dispatch_routes
from metrics.dispatch.unrouted import unrouted, unrouted_leads
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import day, number, percent, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_table, show_table_or

SHOWN = 500
"""So many rows of a list stand on the page."""


def show_routes(scope: Scope) -> None:
    """Leads of each level by route, what came of them, and what they cost."""
    found = measure(dispatch_routes, scope, definitions())
    if found.is_empty():
        st.info("No lead came in during this period.", icon=":material/info:")
        return
    columns = {
        "level": text("Level", pinned=True), "route": text("Route"), "leads": number("Leads"),
        "sql": number("SQLs"), "won": number("Won"), "sql_rate": percent("Become SQL"),
        "sql_rate_low": percent("From"), "sql_rate_high": percent("To"),
        "ripe": number("Of leads"), "cost_per_lead": short("Cost per lead"),
        "cost_per_sql": short("Cost per SQL"), "cost_per_won": short("Cost per win"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt="Leads by level and route, with conversion and cost",
        stem=file_stem("dispatch_routes", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        f"Become SQL: within {definitions().windows.sql} days after they were given, of leads that "
        "had so long, with a 95% interval. Who chooses the route chooses what comes of it: this "
        "is no comparison of like leads. Costs are those that the definitions state per route."
    )


def show_unrouted(scope: Scope) -> None:
    """How many open leads lie with nobody, for how long, and which."""
    found = measure(unrouted, scope)
    whole = found.row(0, named=True) if len(found) else None
    if not whole or not whole["leads"]:
        st.markdown(":material/check: No open lead lies with nobody.")
        return
    st.markdown(
        f"**{formats.counted(whole['leads'], 'open lead')}** lie with nobody, half of them for "
        f"{formats.count(round(whole['median_age_days']))} days or longer; "
        f"{formats.count(whole['mqls'])} are MQLs."
    )
    columns = {
        "level": text("Level", pinned=True), "channel": text("Channel"), "leads": number("Leads"),
        "mqls": number("MQLs"), "old": number("Over 30 days"),
        "median_age_days": score("Median days"), "oldest_age_days": number("Oldest days"),
    }  # fmt: skip
    show_table(
        found.filter(found["level"] != "All").select(list(columns)),
        alt="Unrouted leads by level and channel",
        stem=file_stem("unrouted", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    leads = measure(unrouted_leads, scope)
    if len(leads) > SHOWN:
        note_cut(SHOWN, len(leads))
    listed = {
        "lead_id": text("Lead", pinned=True), "level": text("Level"), "channel": text("Channel"),
        "lead_on": day("Came in"), "mql_on": day("MQL"), "age_days": number("Days"),
    }  # fmt: skip
    show_table(
        leads.head(SHOWN).select(list(listed)),
        alt="Open leads that nobody was given",
        stem=file_stem("unrouted_leads", scope.period),
        columns=listed,
        everything=lambda: leads,
    )


def show_sellers(scope: Scope) -> None:
    """How many open leads each seller has, and how soon they answer."""
    found = measure(seller_load, scope)
    columns = {
        "seller": text("Seller", pinned=True), "open_leads": number("Open"),
        "waiting": number("Unanswered"), "oldest_waiting_days": number("Oldest days"),
        "given": number("Given"), "accepted": number("Accepted"), "rejected": number("Rejected"),
        "moved_on": number("Moved on"), "response_hours": number("Half answered, working hours"),
        "response_90_hours": number("Nine in ten, working hours"),
        "no_calendar": number("No calendar"), "recent": number("Last 30 days"),
        "busiest_month": number("Busiest month"),
    }  # fmt: skip
    show_table_or(
        "Nobody has an open lead or was given one in the period.",
        found.select(list(columns)),
        alt="Load and response by seller",
        stem=file_stem("seller_load", scope.period),
        columns=columns,
    )
    st.caption(
        "Working hours of the lead's region, from when it was given to the answer; leads that wait "
        "still count, so that a backlog does not look quick. A lead without a calendar has no "
        "hours. A lead that two people have lies with whom it was given last."
    )
