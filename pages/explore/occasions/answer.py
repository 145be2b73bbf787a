"""The answer for one event: a sentence, tiles, the funnel with its losses, and the losses."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.events.funnel import event_losses
from metrics.events.steps import FunnelStep
from metrics.events.words import coming_words, funnel_words, start_words
from pages.charts.events import event_funnel_bars
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table, show_table_or
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape
from pages.explore.occasions.chosen import Chosen

LABELS = {each.value: each.label for each in FunnelStep}

_TILES = (
    (FunnelStep.REGISTERED, "People who registered, or came without registering."),
    (FunnelStep.ATTENDED, "People who came."),
    (
        FunnelStep.HIGH_VALUE,
        "People who did something of high value within 30 days, or got an opportunity.",
    ),
    (FunnelStep.OPPORTUNITY, "People with an opportunity that was opened within 90 days."),
)

STEP_COLUMNS = {
    "step": text("Step", pinned=True),
    "people": number("People"),
    "previous": number("Of", meaning="People at the step before that is known."),
    "rate": percent("Rate"),
    "rate_low": percent("95% low"),
    "rate_high": percent("95% high"),
    "lost": number("Lost"),
    "open": number("May still go on"),
    "joined": number("Joined", meaning="Took this step without the one before."),
    "because": text("Why not known", wide="large"),
}


def show_answer(chosen: Chosen) -> None:
    """How far people went in a sentence, what is special about the event, and its numbers."""
    funnel = chosen.funnel
    losses = measure(event_losses, chosen.scope).filter(campaign_id=chosen.event)
    st.markdown(f"**{escape(chosen.name)}**: {escape(funnel_words(funnel, losses))}")
    if coming := coming_words(funnel, chosen.scope.observed_until):
        st.info(escape(coming), icon=":material/schedule:")
    if start := start_words(funnel):
        st.caption(f":material/info: {escape(start)}")
    rows = {row["step"]: row for row in funnel.rows(named=True)}
    first = next((step for step in rows if rows[step]["people"] is not None), None)
    if first is None:
        return
    tiles = []
    if first not in {step.value for step, _ in _TILES}:
        tiles.append(Tile(LABELS[first], rows[first]["people"], "Where the funnel starts."))
    for step, meaning in _TILES:
        row = rows[step.value]
        because = f" Not known: {row['because']}." if row["because"] else ""
        tiles.append(Tile(step.label, row["people"], f"{meaning}{because}", Kind.COUNT))
    show_tiles(tiles[:5], definitions().base_currency, None)


def show_funnel(chosen: Chosen) -> None:
    """The bars of the steps, the losses by reason, and all of it as tables."""
    known = chosen.funnel.filter(pl.col("people").is_not_null())
    if known.is_empty():
        st.info("No step of this event is known.", icon=":material/info:")
        return
    bars = known.with_columns(
        label=pl.col("step").replace_strict(LABELS),
        previous_label=pl.col("previous_step").replace_strict(
            LABELS, default=None, return_dtype=pl.String
        ),
        reason=pl.col("main_reason"),
        reason_people=pl.col("main_reason_people"),
    )
    show_chart(
        event_funnel_bars(bars),
        key="events_funnel",
        alt=f"People of {chosen.name} at each step, and who was lost before it",
    )
    st.caption(
        "Each bar counts who took the step or a later one; rates are of the step before that is"
        " known. Who came without being on the list joins at the first step taken."
    )
    losses = measure(event_losses, chosen.scope)
    own = losses.filter(campaign_id=chosen.event).with_columns(
        pl.col("step", "previous_step").replace_strict(LABELS)
    )
    columns = {
        "previous_step": text("After", pinned=True),
        "step": text("Lost before"),
        "reason": text("Reason", wide="large"),
        "people": number("People"),
        "share": percent("Of these losses"),
    }
    show_table_or(
        "Nobody is lost between two steps that are known.",
        own.select(list(columns)),
        alt="People lost by step and reason",
        stem=file_stem("event_losses", chosen.scope.period),
        columns=columns,
        everything=lambda: losses,
    )
    with st.expander("View all steps as table", icon=":material/table:"):
        shown = chosen.funnel.with_columns(step=pl.col("step").replace_strict(LABELS))
        show_table(
            shown.select(list(STEP_COLUMNS)),
            alt="Steps of the event",
            stem=file_stem("event_funnel", chosen.scope.period),
            columns=STEP_COLUMNS,
            everything=lambda: chosen.found,
        )
