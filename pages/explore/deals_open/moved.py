"""How the pipeline that is due moved, as a waterfall of which each bar opens its deals."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.period import in_words
from metrics.pipeline.movement import movement_deals
from metrics.pipeline.moves import PARTS
from pages.charts.planning.waterfall import waterfall
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_chart, show_table, show_table_or
from pages.display.text import escape
from pages.explore.deals_open.asked import Asked

CHART, KEY = "pipeline_waterfall", "pipeline_bar"

SHOWN = 500
"""So many deals of a bar stand on the page."""


def show_movement(asked: Asked) -> None:
    """The waterfall, and the deals behind a bar or the bars as a table."""
    moved = asked.movement()
    _show_history(asked)
    shown = moved.filter((pl.col("changes") > 0) | pl.col("part").is_in(["start", "end"]))
    drawn = shown.with_columns(is_more_than_chance=pl.lit(value=False))
    priced = asked.has_amounts()
    if not priced:
        drawn = drawn.with_columns(amount=pl.col("deals"))
    show_chart(
        waterfall(drawn, asked.currency if priced else None, ("start", "end")),
        key=CHART,
        alt="The pipeline due, from the start of the days to their end, change by change",
        on_click=_toggle,
    )
    labels = {PARTS[part]: part for part in shown["part"]}
    label = st.pills(
        "Deals behind a bar",
        list(labels),
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar in the chart.",
    )
    if label:
        _show_deals(asked, labels[label])
    else:
        _show_parts(asked, moved)
    st.caption(
        "A deal that closes is due on the day it does, so that won is all that was won in these "
        "days. A deal pushed out and pulled in again stands in both. Changes of one moment are "
        "applied in the order amount, day, stage."
    )


def _show_history(asked: Asked) -> None:
    since = asked.told().expected_close
    if since is None:
        st.info(
            "No change of an expected close is loaded, so that nothing is known to have been "
            "pulled in or pushed out. Load a history of deals (from Salesforce the opportunity "
            "history, from HubSpot the property history), or exports of two days. Until then "
            "every deal counts as if it had always been due when it is now.",
            icon=":material/history:",
        )
    elif since > asked.due.period.start:
        st.caption(
            f":material/info: The history of due days begins on {in_words(since)}. Before, deals "
            "count as the first change found them."
        )


def _toggle() -> None:
    """Take a click on the chart into the pills; a click on the chosen bar takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if not points:
        return
    label = PARTS[points[0]["customdata"]]
    st.session_state[KEY] = None if st.session_state.get(KEY) == label else label


def _show_parts(asked: Asked, moved: pl.DataFrame) -> None:
    columns = {
        "label": text("Part", pinned=True), "changes": number("Changes"),
        "deals": number("Adds deals"), "unpriced_deals": number("Of these without amount"),
        "amount": number(f"Adds, {asked.currency}"),
    }  # fmt: skip
    show_table(
        moved.select(list(columns)),
        alt="The movement of the pipeline, part by part",
        stem=file_stem("pipeline_movement", asked.due.period),
        columns=columns,
        everything=lambda: moved,
    )


def _show_deals(asked: Asked, part: str) -> None:
    found = measure(movement_deals, asked.due, part)
    columns = {
        "account": text("Account", pinned=True), "opportunity_id": text("Deal"),
        "owner": text("Owner"), "amount": number(f"Adds, {asked.currency}"),
        "due_before_on": day("Was due"), "due_after_on": day("Then due"),
        "last_on": day("Last change"), "outcome": text("Now"),
    }  # fmt: skip
    if part in ("start", "end"):
        columns = {k: v for k, v in columns.items() if not k.startswith("due_")}
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="largest")
    show_table_or(
        f"No deal is behind {escape(PARTS[part])}.",
        found.head(SHOWN).select(list(columns)),
        alt=f"Deals behind {PARTS[part]}",
        stem=file_stem(f"pipeline_{part}", asked.due.period),
        columns=columns,
        everything=lambda: found,
    )
