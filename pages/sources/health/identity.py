"""Who may be one person, and whose company somebody deals with already, on the health page."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.health.people import likely_people, notices
from pages.controls.columns import day, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure_all
from pages.controls.problems import explained
from pages.controls.tables import note_cut, show_table
from pages.sources.health.tables import Section

SHOWN = 1_000
"""Rows on the page; the downloads hold all."""

_PEOPLE_COLUMNS = {
    "account": text("Company", pinned=True), "confidence": percent("Confidence"),
    "records": text("One record"), "other_records": text("The other"),
    "evidence": text("What speaks for it"),
    "person_id": text("Person", meaning="A keyed hash, or a record's id."),
    "other_person_id": text("Other person"),
}  # fmt: skip

_NOTICES_COLUMNS = {
    "lead_on": day("Came in", pinned=True), "notify_owner": text("Owner to inform"),
    "account": text("Company"), "existing_relationship": text("Already"),
    "lead_id": text("Lead"), "opportunity_id": text("Open opportunity"),
}  # fmt: skip

PEOPLE = Section(
    "Possible duplicate people",
    "Pairs of records that are probably the same person, the surest first. Nothing is merged "
    "here: look the records up in their system and merge them there. Names, e-mails and phones "
    "are stored only as keyed hashes, so none is shown.",
    "No two people look like the same person.",
    likely_people,
    _PEOPLE_COLUMNS,
)

NOTICES = Section(
    "Leads to tell an owner about",
    "New leads whose company was a customer, or had an open opportunity, on the day they came in. "
    "Let the owner know before anybody calls.",
    "No lead came from a company that somebody deals with.",
    notices,
    _NOTICES_COLUMNS,
)


def show_people() -> None:
    """The persons that may be one."""
    _show(PEOPLE)


def show_notices() -> None:
    """The leads that an owner should hear of."""
    _show(NOTICES)


def _show(section: Section) -> None:
    with st.container(border=True), explained():
        st.header(section.title, anchor=False)
        st.caption(section.meaning)
        found = measure_all(section.measure)
        if found.is_empty():
            st.markdown(f":material/check: {section.nothing}")
            return
        if found.height > SHOWN:
            note_cut(SHOWN, found.height)
        show_table(
            _in_words(found).select(list(section.columns)).head(SHOWN),
            alt=section.title,
            stem=file_stem(section.title.lower()),
            columns=section.columns,
            everything=lambda: found,
        )


def _in_words(found: pl.DataFrame) -> pl.DataFrame:
    """The frame as people read it: open opportunity for open_opportunity."""
    if "existing_relationship" not in found.columns:
        return found
    return found.with_columns(pl.col("existing_relationship").str.replace_all("_", " "))
