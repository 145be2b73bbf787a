"""Who may be contacted by which way, and whom each channel reaches."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.reach.contactable import contactable
from metrics.reach.overlap import reach_overlap
from metrics.reach.permission import ALL
from pages.charts.reach import permission_bars
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table, show_table_or
from pages.display.text import spoken
from pages.explore.audience.asked import Asked


def show_permitted(asked: Asked) -> None:
    """A bar per way of contact for a purpose, and why people may or may not be contacted."""
    found = measure(contactable, asked.scope, definitions())
    if found.is_empty():
        st.info("No person with a record of their own is in this audience.")
        return
    purposes = found["purpose"].unique(maintain_order=True).to_list()
    purpose = choose_one(
        "Purpose",
        purposes,
        key="reach_purpose",
        width=240,
        meaning="What the contact is for, in the words of consent. All: one that nobody named.",
    )
    shown = found.filter(pl.col("purpose") == purpose)
    what = "any purpose" if purpose == ALL else spoken(purpose)
    alt = f"For {what}: people who may, may not, or may perhaps be contacted, by way"
    show_chart(permission_bars(shown), key="reach_permission", alt=alt)
    st.caption(
        "This is who may be contacted at the end of the period. The newest statement of a person "
        "counts; of two at the same moment, the withdrawal counts. Who said nothing is unknown: "
        "what that allows is a question of law."
    )
    columns = {
        "way": text("Way", pinned=True), "purpose": text("Purpose"), "state": text("They"),
        "reason": text("Because"), "people": number("People"), "share": percent("Of all"),
    }  # fmt: skip
    show_table(
        shown.filter(pl.col("people") > 0).select(list(columns)),
        alt=f"People by way and reason, for {what}",
        stem=file_stem("contactable", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def show_overlap(asked: Asked) -> None:
    """Whom each channel reaches alone, and whom two channels reach alike."""
    found = measure(reach_overlap, asked.scope, definitions())
    st.caption(
        "People whom a channel contacted, or who did something through it, in the period. Alone: "
        "reached by no other. Added: reached by no larger one, so that these add up to everybody."
    )
    columns = {
        "channel": text("Channel", pinned=True), "people": number("People reached"),
        "alone": number("Alone"), "added": number("Added to larger ones"),
    }  # fmt: skip
    show_table_or(
        "Nobody was reached in the period.",
        found.filter(pl.col("channel") == pl.col("other")).select(list(columns)),
        alt="People reached by each channel, alone and in addition to larger ones",
        stem=file_stem("reach_by_channel", asked.scope.period),
        columns=columns,
    )
    pairs = {
        "channel": text("Channel", pinned=True), "other": text("And"),
        "shared": number("Reach both"), "share": percent("Of the first"),
    }  # fmt: skip
    show_table_or(
        "No two channels reached anybody alike.",
        found.filter(pl.col("channel") != pl.col("other"), pl.col("shared") > 0)
        .sort("shared", descending=True, maintain_order=True)
        .select(list(pairs)),
        alt="People reached by two channels",
        stem=file_stem("reach_overlap", asked.scope.period),
        columns=pairs,
        everything=lambda: found,
    )
