"""Who is active: the pool by month, and lists of people and accounts with the reason."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.activity.lists import STATES, activity_lists
from metrics.activity.pool import activity_pool
from metrics.reach.keyed import keyed_references
from metrics.wording import formats
from pages.charts.reach import pool_flows
from pages.controls.address import choose_one
from pages.controls.captions import show_unfinished_months
from pages.controls.columns import day, month, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_chart, show_table, show_table_or
from pages.display.text import escape
from pages.explore.audience.asked import Asked

SHOWN = 500
"""So many rows of a list stand on the page."""

_KINDS = {"Accounts": "account", "People": "person"}


def show_pool(asked: Asked) -> None:
    """What came in, what fell asleep, and what that left, month by month."""
    found = measure(activity_pool, asked.scope, definitions())
    if found.is_empty() or not found["known"].sum():
        st.info("Nobody did anything up to this period.", icon=":material/info:")
        return
    months = found.with_columns(
        days_seen=pl.col("until_on").dt.day(), days_in_month=pl.col("month_on").dt.days_in_month()
    )
    show_chart(
        pool_flows(months),
        key="reach_pool",
        alt="People who became active and who fell asleep by month, and how many were active",
    )
    show_unfinished_months(months)
    dormant, lost = definitions().content.dormant_days, definitions().activity.lost_days
    st.caption(
        f"Active: did something within {dormant} days. Dormant: not, but within {lost}. Lost: not "
        "even then. Active at the start + in − out = active at the end."
    )
    columns = {
        "month_on": month("Month"), "active_start": number("Active before"),
        "newly_active": number("New"), "reactivated": number("Back"), "outflow": number("Out"),
        "active_end": number("Active at its end"), "dormant": number("Dormant"),
        "lost": number("Lost"), "newly_lost": number("Of these newly"),
    }  # fmt: skip
    show_table(
        found.sort("month_on", descending=True).select(list(columns)),
        alt="The pool by month",
        stem=file_stem("activity_pool", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def show_lists(asked: Asked) -> None:
    """The list of one state, with the reason of each, to take along as keyed references."""
    whole = measure(activity_lists, asked.scope, definitions())
    counts = _counts(whole)
    st.markdown(counts or "Nobody is active or going quiet.")
    with st.container(horizontal=True, gap="medium"):
        kind = _KINDS[choose_one("Of", _KINDS, key="reach_list_of", width=160)]
        states = {state.capitalize(): state for state in STATES}
        there = set(whole.filter(pl.col("kind") == kind)["state"])
        first = next((place for place, state in enumerate(STATES) if state in there), 0)
        state = states[choose_one("Who", states, key="reach_list", index=first, width=200)]
    found = whole.filter(pl.col("kind") == kind, pl.col("state") == state)
    columns = {
        "account": text("Account", pinned=True), "reason": text("Why", wide="large"),
        "recent": number("Recent days"), "usual": number("Usual days"),
        "last_on": day("Last on"), "records": text("Records"),
    }  # fmt: skip
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found))
    show_table_or(
        f"No {'account' if kind == 'account' else 'person'} is {state}.",
        found.head(SHOWN).select(list(columns)),
        alt=f"{'Accounts' if kind == 'account' else 'People'}: {state}",
        stem=file_stem(f"{kind}_{state}", asked.scope.period),
        columns=columns,
        everything=lambda: exported(found, kind),
    )
    st.caption(
        "Days on which something was done, of an account those of each of its people. A surge and "
        "a silence are more than chance, corrected for all that were looked at. The downloads hold "
        "references by which source systems find their own records, never a clear address."
    )


def exported(found: pl.DataFrame, kind: str) -> pl.DataFrame:
    """The list as its source systems match it: an account by its id, a person by each record."""
    said = ["state", "reason", "recent", "usual", "first_on", "last_on"]
    if kind == "account":
        return found.select(pl.col("subject_id").alias("account_id"), "account", *said)
    return keyed_references(found, said)


def _counts(whole: pl.DataFrame) -> str:
    sizes = {
        (kind, state): size
        for kind, state, size in whole.group_by("kind", "state").len().iter_rows()
    }
    parts = []
    for state in STATES:
        accounts, people = sizes.get(("account", state), 0), sizes.get(("person", state), 0)
        if accounts or people:
            parts.append(
                f"**{escape(state.capitalize())}**: {formats.counted(accounts, 'account')}, "
                f"{formats.counted(people, 'person', 'people')}"
            )
    return "; ".join(parts) + "." if parts else ""
