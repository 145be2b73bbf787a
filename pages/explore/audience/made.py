"""How contacts were made: how often, at cross purposes, and after people had opted out."""

from __future__ import annotations

import streamlit as st

from metrics.reach.collisions import collision_records, collisions
from metrics.reach.frequency import contact_frequency, nth_contact
from metrics.reach.keyed import keyed_references
from metrics.reach.opted_out import opt_out_breaches, suppressed
from pages.charts.reach import nth_rates
from pages.controls.columns import day, moment, number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_chart, show_table, show_table_or
from pages.explore.audience.asked import Asked

SHOWN = 500
"""So many rows of a list stand on the page."""


def show_frequency(asked: Asked) -> None:
    """Contacts within 30 days against the cap, and what the nth of them still brings."""
    often = measure(contact_frequency, asked.scope, definitions())
    terms = definitions().reach
    columns = {
        "most_in_30_days": number("Most contacts in 30 days", pinned=True),
        "people": number("People"), "share": percent("Of those contacted"),
        "contacts": number("Their contacts"),
        "is_over_cap": tick("Over the cap", meaning=f"More than {terms.contact_cap}"),
    }  # fmt: skip
    show_table_or(
        "Nobody was contacted in the period.",
        often,
        alt="People by their most contacts within 30 days",
        stem=file_stem("contact_frequency", asked.scope.period),
        columns=columns,
    )
    if often.is_empty():
        return
    found = measure(nth_contact, asked.scope, definitions())
    show_chart(
        nth_rates(found),
        key="reach_nth",
        alt="Share of contacts answered, by their number within 30 days and by way",
    )
    st.caption(
        f"Answered within {terms.response_days} days and before the next contact. Lines: 95% "
        "bounds; grey: under 20 contacts. Who is contacted often differs from who is not: it says "
        "what went together, not what one contact fewer would do."
    )
    nths = {
        "way": text("Way", pinned=True), "nth": number("Contact within 30 days"),
        "contacts": number("Contacts"), "answered": number("Answered"),
        "response_rate": percent("Rate"), "response_rate_low": percent("95% low"),
        "response_rate_high": percent("95% high"), "opted_out": number("Opted out after"),
        "against_first": text("Against the first"), "young": number("Too young to tell"),
    }  # fmt: skip
    show_table(
        found.select(list(nths)),
        alt="What came of the nth contact within 30 days",
        stem=file_stem("nth_contact", asked.scope.period),
        columns=nths,
        everything=lambda: found,
    )


def show_collisions(asked: Asked) -> None:
    """Which campaigns met at one person or an open deal, and whose contacts these were."""
    summed = measure(collisions, asked.scope, definitions())
    days = definitions().reach.collision_days
    st.caption(
        f"Two campaigns at one person within {days} days, and promotions at an account with an "
        "open deal, told by its owner. Contacts through channels of sales are no promotion."
    )
    columns = {
        "kind": text("Collision", pinned=True), "campaign": text("Campaign"),
        "collides_with": text("With"), "contacts": number("Contacts"), "people": number("People"),
        "last_on": day("Last on"),
    }  # fmt: skip
    show_table_or(
        "No contacts collided in the period.",
        summed,
        alt="Collisions by campaign",
        stem=file_stem("collisions", asked.scope.period),
        columns=columns,
    )
    if summed.is_empty():
        return
    found = measure(collision_records, asked.scope, definitions())
    rows = {
        "contact_at": moment("Contact, UTC"), "kind": text("Collision"),
        "campaign": text("Campaign"), "collides_with": text("With"), "days": number("Days apart"),
        "owner": text("Owner of the deal"), "records": text("Records of the person"),
    }  # fmt: skip
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="latest")
    show_table(
        found.head(SHOWN).select(list(rows)),
        alt="Contacts that collided, latest first",
        stem=file_stem("collision_references", asked.scope.period),
        columns=rows,
        everything=lambda: keyed_references(
            found, ["kind", "campaign", "collides_with", "contact_at"]
        ),
    )


def show_opted_out(asked: Asked) -> None:
    """Who is suppressed or out by way, and the contacts that went to them all the same."""
    found = measure(suppressed, asked.scope, definitions())
    columns = {
        "way": text("Way", pinned=True), "people": number("People"),
        "suppressed": number("Not to be contacted"), "opted_out": number("Opted out"),
        "opted_out_in_period": number("In the period"), "bad_address": number("Bad address"),
        "contacts": number("Contacts"), "contacts_after": number("After opting out"),
        "breach_rate": percent("Of the contacts"), "breach_rate_high": percent("95% high"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt="People suppressed and opted out by way, and contacts after that",
        stem=file_stem("suppressed", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "After opting out: the newest statement before the contact, on its way or on all, was a "
        "withdrawal: from every purpose, or of a promotion from one that promotions have. Times "
        "are UTC. A mailing is one contact, however many actions it left; Data health lists these."
    )
    breaches = measure(opt_out_breaches, asked.scope, definitions())
    rows = {
        "contact_at": moment("Contact, UTC"), "opted_out_at": moment("Opted out, UTC"),
        "way": text("Way"), "purpose": text("From"), "channel": text("Channel"),
        "campaign": text("Campaign"), "records": text("Records of the person"),
    }  # fmt: skip
    if len(breaches) > SHOWN:
        note_cut(SHOWN, len(breaches), first="latest")
    show_table_or(
        "Nobody was contacted after opting out, as far as files tell.",
        breaches.head(SHOWN).select(list(rows)),
        alt="Contacts after people had opted out, latest first",
        stem=file_stem("breach_references", asked.scope.period),
        columns=rows,
        everything=lambda: keyed_references(
            breaches,
            ["way", "opted_out_at", "contact_at", "campaign"],
        ),
    )
