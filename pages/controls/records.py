"""The records behind a stage's number: chosen on the chart or by the pills, then shown."""

from __future__ import annotations

import streamlit as st

from metrics.records import stage_records
from metrics.scope import Scope, Stage
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse
from pages.controls.stage_columns import RECORD_COLUMNS
from pages.controls.tables import show_table
from pages.display import formats

KEY = "funnel_stage"
CHART = "funnel_chart"
SHOWN = 1000
DOWNLOADED = 1_000_000
_BY_LABEL = {stage.label: stage for stage in Stage}


def toggle_stage() -> None:
    """Take a click on the chart into the pills; a click on the chosen stage takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        label = Stage(points[0]["customdata"]).label
        chosen = st.session_state.get(KEY)
        st.session_state[KEY] = None if chosen == label else label


def choose_stage() -> Stage | None:
    """The stage whose records are asked for."""
    label = st.pills(
        "Records of a stage",
        list(_BY_LABEL),
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar of the chart.",
    )
    return _BY_LABEL.get(label) if label else None


def show_records(scope: Scope, stage: Stage) -> None:
    """The latest leads that are counted in the stage."""
    found = stage_records(current_warehouse(), scope, stage, SHOWN)
    if found.is_empty():
        st.info(f"No lead reached {stage.label} in this scope.", icon=":material/info:")
        return
    if len(found) == SHOWN:
        st.caption(f"The latest {formats.count(SHOWN)} are shown; the downloads hold all.")
    show_table(
        found,
        alt=f"Leads that reached {stage.label}",
        stem=file_stem(f"records_{stage}", scope.period),
        columns=RECORD_COLUMNS,
        everything=lambda: stage_records(current_warehouse(), scope, stage, DOWNLOADED),
    )
