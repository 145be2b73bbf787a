"""The part of the Funnel page about stages: bars, rates, and the records behind a number."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.funnel.taken_back import taken_back_entries
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.segments.segment_records import Behind
from metrics.sentences import compared_days_named, days_named
from metrics.wording import formats
from pages.charts.funnel import funnel
from pages.controls.columns import day, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import current_warehouse, definitions
from pages.controls.tables import show_chart, show_table
from pages.review.conversion import say_young, show_conversion
from pages.review.deals import deal_gaps, undated_stages
from pages.review.repeats import Shown, say_repeats
from pages.segmenting.records import reached, show_behind

KEY = "funnel_stage"

CHART = "funnel_chart"

TAKEN_BACK_COLUMNS = {
    "id": text("Id", pinned=True), "kind": text("Record"), "stage": text("Stage"),
    "entered_on": day("Entered on"), "until_on": day("Told until"), "because": text("Was"),
}  # fmt: skip

_BY_LABEL = {stage.label: stage for stage in Stage}


def show_stages(
    scope: Scope, conversion: pl.DataFrame, before: pl.DataFrame | None, rows: Shown
) -> None:
    """The bars, the rates they give, what the data does not tell, and the records of a stage."""
    say_repeats(scope, dict(conversion.select("stage", "reached").iter_rows()))
    above = st.container()
    stage = choose_stage(scope.unit)
    told, told_before = rows.of(conversion), None if before is None else rows.of(before)
    with above:
        names = (days_named(scope), compared_days_named(scope) or "")
        figure = funnel(told, scope.basis, told_before, rows.row_of(stage), names, rows.titles)
        alt = "How many reach each stage of the funnel"
        show_chart(figure, key=CHART, alt=alt, on_click=toggle_stage)
        show_conversion(told, told_before, scope, rows.titles)
        if scope.basis is Basis.COHORT:
            say_young(conversion, scope)
        if undated := undated_stages(conversion, scope):
            st.info(undated, icon=":material/event_busy:")
        for gap in deal_gaps(scope):
            st.caption(gap)
        offer_downloads(lambda: conversion, file_stem("stage_conversion", scope.period))
    if stage:
        show_behind(Behind(scope, stage), f"that {reached(stage)}", key=KEY)
        show_taken_back(scope, stage)


def choose_stage(unit: Unit) -> Stage | None:
    """The stage whose records are asked for, of those that the unit goes through."""
    label = st.pills(
        "Records of a stage",
        [stage.label for stage in unit.stages],
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar in the chart.",
    )
    return _BY_LABEL.get(label) if label else None


def toggle_stage() -> None:
    """Take a click on the chart into the pills; a click on the chosen stage takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        label = Stage(points[0]["customdata"]).label
        chosen = st.session_state.get(KEY)
        st.session_state[KEY] = None if chosen == label else label


def show_taken_back(scope: Scope, stage: Stage) -> None:
    """The entries into the stage that newer files took back; nothing where there are none."""
    found = taken_back_entries(current_warehouse(), scope, stage, definitions())
    if found.is_empty():
        return
    said = formats.counted(len(found), "entry was taken back", "entries were taken back")
    with st.expander(f"{said} and not counted", icon=":material/undo:"):
        show_table(
            found,
            alt=f"Entries into {stage.word} that newer files took back",
            stem=file_stem(f"taken_back_{stage}", scope.period),
            columns=TAKEN_BACK_COLUMNS,
        )
