"""How the funnel moved: entries into each stage, month by month."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.forecast.planned import planned_months
from metrics.scope import Scope, Unit
from pages.charts.trend import monthly_counts
from pages.controls.captions import show_unfinished_months
from pages.controls.downloads import file_stem
from pages.controls.kept import notebook
from pages.controls.tables import show_chart
from pages.review.stages import show_trend


def show_moved(trend: pl.DataFrame, scope: Scope) -> None:
    """The chart with the plan's entries where one is locked, and the same as a table."""
    st.caption("How many reached each stage in each month, whenever they came in.")
    alt = "Entries into each stage of the funnel, month by month"
    planned = planned_months(notebook(), scope) if scope.unit is Unit.LEAD else None
    show_chart(monthly_counts(trend, planned), key="overview_trend", alt=alt)
    show_unfinished_months(trend)
    with st.expander("The same as a table", icon=":material/table:"):
        show_trend(trend, scope.basis, stem=file_stem("stage_trend", scope.period))
