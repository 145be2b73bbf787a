"""Effective people by the rule of the day and by today's, and who dropped out."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.content.effective import DROPPED_OUT, effective_changed_people, effective_changes
from metrics.wording import formats
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_table
from pages.explore.assets.asked import Asked

SHOWN = 200

_PEOPLE = {
    "content": text("Asset", pinned=True, wide="medium"),
    "person_id": text("Person"),
    "change": text("Change"),
    "downloaded_on": day("Last downloaded on"),
}


def changed_people(asked: Asked) -> pl.DataFrame:
    """Who is effective no longer, or is now. Raises where no rule says who is."""
    return measure(effective_changed_people, asked.scope, definitions())


def show_changed(asked: Asked) -> None:
    """How many dropped out and came in by the change of the rule, by asset and by person."""
    found = measure(effective_changes, asked.scope, definitions())
    people = changed_people(asked)
    downloads, then, now = (int(found[name].sum()) for name in ("downloads", "effective", _NOW))
    if not downloads:
        st.info("Nobody downloaded an asset in this selection.", icon=":material/info:")
        return
    dropped = people.filter(change=DROPPED_OUT)
    st.markdown(
        f"**{formats.count(then)}** of {formats.counted(downloads, 'download')} were of effective "
        f"people by the rule of the day, **{formats.count(now)}** by today's: "
        f"{formats.count(dropped.height)} dropped out, "
        f"{formats.count(people.height - dropped.height)} came in."
    )
    st.caption(
        "People and assets: who downloaded two counts with both. Both rules are applied to the "
        "values that leads and people have now, so that the difference is the rule alone."
    )
    columns = {
        "content": text("Asset", pinned=True, wide="medium"),
        "downloads": number("Downloads"),
        "effective": number("Effective then"),
        "effective_now": number("Effective today"),
        "dropped_out": number("Dropped out"),
        "came_in": number("Came in"),
        "unknown": number("Cannot be told", meaning="Under one of the two rules"),
    }
    show_table(
        found.select(list(columns)).head(SHOWN),
        alt="Effective people of each asset by the rule of the day and by today's",
        stem=file_stem("effective_changes", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    if not people.is_empty():
        st.subheader("Who dropped out, and who came in", anchor=False)
        show_people(people, asked)


def show_people(people: pl.DataFrame, asked: Asked, place: str = "") -> None:
    """The people behind a change of the rule."""
    show_table(
        people.select(list(_PEOPLE)).head(SHOWN),
        alt="People whom the change of the rule makes effective, or no longer",
        stem=file_stem("effective_changed_people", asked.scope.period),
        columns=_PEOPLE,
        everything=lambda: people,
        place=place,
    )
    if people.height > SHOWN:
        note_cut(SHOWN, people.height)


_NOW = "effective_now"
