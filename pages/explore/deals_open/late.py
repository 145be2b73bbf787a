"""What wants somebody's attention: deals that slip, and new leads whose seller should hear."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.pipeline.owner_notices import owner_notices
from metrics.pipeline.slipping import slipping_deals
from metrics.wording import formats
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_table_or
from pages.display.text import escape
from pages.explore.deals_open.asked import Asked

SHOWN = 500


def show_slipping(asked: Asked) -> None:
    """Open deals put off again and again, or past due."""
    found = measure(slipping_deals, asked.due, definitions())
    columns = {
        "account": text("Account", pinned=True), "opportunity_id": text("Deal"),
        "owner": text("Owner"), "amount": number(f"Amount, {asked.currency}"), "why": text("Why"),
        "stage": text("Stage"), "first_due_on": day("First due"), "due_on": day("Due"),
        "slipped_days": number("Days slipped"), "idle_days": number("Days unchanged"),
    }  # fmt: skip
    if len(found):
        worth = escape(formats.money(found["amount"].sum(), asked.currency))
        deals = formats.counted(len(found), "open deal slips", "open deals slip")
        st.markdown(f"**{deals}**, worth **{worth}**.")
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="largest")
    show_table_or(
        "No open deal slips.",
        found.head(SHOWN).select(list(columns)),
        alt="Open deals that slip",
        stem=file_stem("slipping_deals", asked.due.period),
        columns=columns,
        everything=lambda: found,
    )
    times = definitions().pipeline.slips
    st.caption(f"Put off at least {times} times, or past the day they were due, whenever that is.")


def show_notices(asked: Asked) -> None:
    """New leads of customers and of companies with an open deal."""
    found = measure(owner_notices, asked.scope)
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="newest")
    columns = {
        "lead_on": day("Came in", pinned=True), "account": text("Account"),
        "existing_relationship": text("Is already"), "notify_owner": text("Tell"),
        "owner": text("Lead's owner"), "lead_id": text("Lead"), "opportunity_id": text("Deal"),
        "channel": text("Channel"),
    }  # fmt: skip
    show_table_or(
        "No lead of the period came from a customer or a company with an open deal.",
        found.head(SHOWN)
        .with_columns(pl.col("existing_relationship").str.replace_all("_", " "))
        .select(list(columns)),
        alt="New leads of companies that somebody deals with",
        stem=file_stem("owner_notices", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    known = int(found["is_told"].sum())
    st.caption(
        escape(
            f"Leads that came in {asked.scope.period.describe()}. Of "
            f"{formats.count(known)} the lead's owner is the one to be told."
        )
    )
