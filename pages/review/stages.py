"""The parts of the Funnel page: stages, segments, and the records behind a number."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.funnel.taken_back import taken_back_entries
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.wording import formats
from pages.controls.columns import day, month, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, definitions
from pages.controls.tables import show_table

KEY = "funnel_stage"

CHART = "funnel_chart"

_MONTHLY_COUNTS = {
    "month_on": month("Month"), "days_seen": number("Days seen"),
    "days_in_month": number("Days in month"), "stage": text("Stage"), "reached": number("Reached"),
}  # fmt: skip

_MONTHLY_RATES = _MONTHLY_COUNTS | {
    "entered": number("Entered in the month"), "rate_first": percent("Share of them"),
    "rate_first_low": percent("95% low"), "rate_first_high": percent("95% high"),
    "matured_share": percent("Matured"),
}  # fmt: skip

TAKEN_BACK_COLUMNS = {
    "id": text("Id", pinned=True), "kind": text("Record"), "stage": text("Stage"),
    "entered_on": day("Entered on"), "until_on": day("Told until"), "because": text("Was"),
}  # fmt: skip

_BY_LABEL = {stage.label: stage for stage in Stage}


def choose_stage(unit: Unit) -> Stage | None:
    """The stage whose records are asked for, of those that the unit goes through."""
    label = st.pills(
        "Records of a stage",
        [stage.label for stage in unit.stages],
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar of the chart.",
    )
    return _BY_LABEL.get(label) if label else None


def toggle_stage() -> None:
    """Take a click on the chart into the pills; a click on the chosen stage takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        label = Stage(points[0]["customdata"]).label
        chosen = st.session_state.get(KEY)
        st.session_state[KEY] = None if chosen == label else label


def show_trend(trend: pl.DataFrame, basis: Basis, *, stem: str) -> None:
    """The months as a table: counts, and on the cohort basis the shares of those that entered."""
    columns = _MONTHLY_RATES if basis is Basis.COHORT else _MONTHLY_COUNTS
    show_table(
        trend.select(list(columns)),
        alt="Stages by month",
        stem=stem,
        columns=columns,
        everything=lambda: trend,
    )


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
