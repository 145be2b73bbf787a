"""Topics and kinds of content, and how soon assets fade."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.content.reached import content_topics
from metrics.wording import formats
from pages.controls.columns import day, number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_table
from pages.display.text import escape
from pages.explore.assets.asked import Asked, decay

SHOWN = 200

DECAY = {
    "content": text("Asset", pinned=True, wide="medium"),
    "half_life_weeks": score("Half-life, weeks"),
    "half_life_low": score("95% low"),
    "half_life_high": score("95% high", meaning="A dash: it may not fade at all"),
    "first_on": day("First met, week of"),
    "weeks": number("Whole weeks"),
    "new_people": number("New people"),
    "last_week_people": number("In the last week"),
    "reason": text("Not told, because", wide="medium"),
}


def show_topics(asked: Asked) -> None:
    """A row per topic and kind, and a row per asset with its half-life."""
    found = measure(content_topics, asked.scope)
    columns = {
        "topic": text("Topic", pinned=True),
        "kind": text("Kind"),
        "assets": number("Assets met"),
        "topic_exposed": number("Exposed to the topic", meaning="People, once per topic"),
        "exposed": number("Exposed"),
        "readers": number("Readers"),
        "downloads": number("Downloads"),
        "download_rate": percent("Downloads ÷ exposed"),
        "download_rate_low": percent("95% low"),
        "download_rate_high": percent("95% high"),
        "visitors": number("Visitors"),
    }
    st.caption("People count once per row, however many of its assets they met.")
    show_table(
        found.select(list(columns)),
        alt="Topics and kinds of content by the people they reached",
        stem=file_stem("content_topics", asked.scope.period),
        columns=columns,
    )
    st.subheader("How soon assets fade", anchor=False)
    fading = decay(asked.scope)
    if fading.is_empty():
        st.info("No known person met content in this selection.", icon=":material/info:")
        return
    st.markdown(_fastest(fading))
    st.caption(
        "The half-life is how soon only half as many people a week meet an asset for the first "
        "time, from the first week on, also before the period. Bounds are of 95%."
    )
    show_table(
        fading.select(list(DECAY)).head(SHOWN),
        alt="Assets by half-life, those that fade fastest first",
        stem=file_stem("content_decay", asked.scope.period),
        columns=DECAY,
        everything=lambda: fading,
    )
    if fading.height > SHOWN:
        note_cut(SHOWN, fading.height)


def _fastest(fading: pl.DataFrame) -> str:
    told = fading.drop_nulls("half_life_high")
    if told.is_empty():
        return "No asset fades by more than chance."
    row = told.row(0, named=True)
    return (
        f"**{formats.counted(told.height, 'asset fades', 'assets fade')}** by more than chance, "
        f"fastest {escape(row['content'])}: half as many new people after "
        f"{row['half_life_weeks']:.1f} weeks (95% bounds {row['half_life_low']:.1f} to "
        f"{row['half_life_high']:.1f})."
    )
