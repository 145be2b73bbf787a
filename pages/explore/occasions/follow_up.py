"""Whom to call now: of this event, or of all in the scope."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.events.follow_up import FollowUp, event_follow_up
from metrics.wording import formats
from pages.controls.address import choose_of_few
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_table_or
from pages.display.text import escape
from pages.explore.occasions.chosen import Chosen

THIS, ALL = "This event", "All events of these kinds"


def show_follow_up(chosen: Chosen) -> None:
    """The people with reason, days and owner; keyed references, never an address."""
    whose = choose_of_few(
        "People of",
        (THIS, ALL),
        key="events_follow_up",
        meaning="A person at several events is listed once for each.",
    )
    ids = [chosen.event] if whose == THIS else chosen.found["campaign_id"].unique().to_list()
    rows = measure(event_follow_up, chosen.scope).filter(pl.col("campaign_id").is_in(ids))
    if not rows.is_empty():
        told = [
            f"{formats.count(count)} {reason.value}"
            for reason in FollowUp
            if (count := len(rows.filter(reason=reason.value)))
        ]
        people = formats.counted(rows["person_id"].n_unique(), "person", "people")
        st.markdown(escape(f"{people} to follow up now: {formats.listed(told)}."))
    columns = {
        "reason": text("Reason", pinned=True),
        "days_since": number("Days since"),
        "account": text("Account"),
        "owner": text("Owner"),
        "campaign": text("Event", wide="medium"),
        "since_on": day("Since"),
        "person_id": text("Person", meaning="A keyed reference; the address is in your system."),
        "records": text("Records", meaning="The person's records in their systems."),
    }
    show_table_or(
        "Nobody is waiting for a call: everybody who gave a reason within 90 days has been "
        "called since.",
        rows.select(list(columns)),
        alt="People to follow up",
        stem=file_stem("event_follow_up", chosen.scope.period),
        columns=columns,
    )
    st.caption(
        "People who asked for a call, did something of high value, came or did not come within "
        "90 days, and have not been called since. A mailing is not a follow-up. People who "
        "must not be contacted are left out."
    )
