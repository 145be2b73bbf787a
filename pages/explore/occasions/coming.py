"""Registrations of an event to come, against those of like ones at the same distance."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.events.registrations import registration_curve, registration_outlook
from metrics.events.words import outlook_words
from pages.charts.events import registrations_before
from pages.controls.address import choose_one
from pages.controls.columns import day, number, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table
from pages.display.event_names import event_names
from pages.display.text import escape
from pages.explore.occasions.chosen import Chosen


def show_coming(chosen: Chosen) -> None:
    """One event to come, its curve over those of like events, and all that are to come."""
    every = measure(registration_outlook, chosen.scope)
    if every.is_empty():
        st.info(
            "No event to come has a registration. Load registrations with the event as their"
            " campaign, and the day on which it begins, and they are held against similar events"
            " here. Events to come belong to a period that reaches the last day of the data.",
            icon=":material/event_upcoming:",
        )
        return
    names = event_names(every.rename({"held_on": "starts_on"}))
    ids = list(names.values())
    own = ids.index(chosen.event) if chosen.event in ids else len(ids) - 1
    event = names[choose_one("Event to come", names, key="events_coming", index=own, width=420)]
    (row,) = every.filter(campaign_id=event).rows(named=True)
    st.markdown(escape(outlook_words(row)))
    curves = measure(registration_curve, chosen.scope).filter(
        pl.col("kind") == row["kind"],
        ~pl.col("is_coming") | (pl.col("campaign_id") == event),
    )
    show_chart(
        registrations_before(curves, event),
        key="events_registrations",
        alt=f"Registrations by days before {row['campaign']}, and before similar events",
    )
    columns = {
        "campaign": text("Event", pinned=True, wide="medium"),
        "held_on": day("On"),
        "days_to_go": number("Days to go"),
        "registered": number("Registered"),
        "like_low": number("Like, fewest"),
        "like_median": score("Like, median"),
        "like_high": number("Like, most"),
        "expected": score("Expected"),
        "expected_low": score("Fewest"),
        "expected_high": score("Most"),
        "like_events": number("Similar events"),
        "course": text("Against similar events"),
    }
    show_table(
        every.select(list(columns)),
        alt="Events to come, with their registrations",
        stem=file_stem("registration_outlook", chosen.scope.period),
        columns=columns,
        everything=lambda: measure(registration_curve, chosen.scope),
    )
    st.caption(
        "Similar events are seen as many days before. The range is what they had, not an interval"
        " of what may come. The downloads hold the curves."
    )
