"""By which dimension a page slices its numbers."""

from __future__ import annotations

import streamlit as st

from metrics.scope import Dimension, Stage, Viewer
from pages.charts.heat import MAX_SEGMENTS, MIN_COHORT
from pages.controls.measure import filter_values


def choose_dimension(viewer: Viewer) -> Dimension | None:
    """The dimension to slice by, of those with several values for the viewer; None without one."""
    by_label = {each.label.capitalize(): each for each in filter_values(viewer)}
    if not by_label:
        st.caption("Nothing that is loaded tells segments apart.")
        return None
    label = st.selectbox(
        "Slice by",
        list(by_label),
        key="funnel_by",
        bind="query-params",
        persist_state="session",
        filter_mode=None,
        width=260,
    )
    st.caption(
        f"The largest {MAX_SEGMENTS} segments. A stronger shade means a higher rate; cohorts "
        f"under {MIN_COHORT} are not shaded, because chance rules there. The last column, from "
        f"{Stage.LEAD.label} to {Stage.WON.label}, has shades of its own."
    )
    return by_label[label]
