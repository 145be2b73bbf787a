"""The parts of the Funnel page: stages, segments, and the records behind a number."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.funnel.taken_back import taken_back_entries
from metrics.records import stage_records
from metrics.scope import Basis, Dimension, Scope, Stage, Unit, Viewer
from metrics.wording import formats
from pages.charts.heat import MAX_SEGMENTS, MIN_COHORT
from pages.controls.address import choose_one
from pages.controls.columns import day, month, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, definitions, filter_values
from pages.controls.tables import note_cut, show_table

KEY = "funnel_stage"

CHART = "funnel_chart"

SHOWN = 1000

DOWNLOADED = 1_000_000

_MONTHLY_COUNTS = {
    "month_on": month("Month"), "days_seen": number("Days seen"),
    "days_in_month": number("Days in month"), "stage": text("Stage"), "reached": number("Reached"),
}  # fmt: skip

_MONTHLY_RATES = _MONTHLY_COUNTS | {
    "entered": number("Entered in the month"), "rate_first": percent("Share of them"),
    "rate_first_low": percent("95% low"), "rate_first_high": percent("95% high"),
    "matured_share": percent("Matured"),
}  # fmt: skip

RECORD_COLUMNS = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "region": text("Region"),
    "lead_on": day("Lead on"), "mql_on": day("MQL on"), "sql_on": day("SQL on"),
    "opportunity_on": day("Opportunity on"), "won_on": day("Won on"),
    "exit_stage": text("Left as"), "exit_reason": text("Reason"),
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


def show_records(scope: Scope, stage: Stage) -> None:
    """The latest leads that are counted in the stage."""
    found = stage_records(current_warehouse(), scope, stage, SHOWN)
    if found.is_empty():
        st.info(f"No lead reached {stage.label} in this scope.", icon=":material/info:")
        return
    if len(found) == SHOWN:
        note_cut(SHOWN, first="latest")
    show_table(
        found,
        alt=f"Leads that reached {stage.label}",
        stem=file_stem(f"records_{stage}", scope.period),
        columns=RECORD_COLUMNS,
        everything=lambda: stage_records(current_warehouse(), scope, stage, DOWNLOADED),
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


def choose_dimension(viewer: Viewer) -> Dimension | None:
    """The dimension to slice by, of those with several values for the viewer; None without one."""
    by_label = {each.label.capitalize(): each for each in filter_values(viewer)}
    if not by_label:
        st.caption("The loaded data has no segments to compare.")
        return None
    label = choose_one("Slice by", by_label, key="funnel_by", width=260)
    st.caption(
        f"The largest {MAX_SEGMENTS} segments. A stronger shade means a higher rate; cohorts "
        f"under {MIN_COHORT} are not shaded, because chance rules there. A last column for the "
        "whole way has shades of its own."
    )
    return by_label[label]
