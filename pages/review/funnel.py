"""Funnel: where it leaks, by stage, segment and month."""

import streamlit as st

from metrics import stage_conversion, stage_conversion_by, stage_trend
from pages.charts.funnel import funnel
from pages.charts.heat import MAX_SEGMENTS, MIN_COHORT, conversion_heat
from pages.charts.trend import monthly_rates
from pages.controls.captions import show_nothing, show_scope
from pages.controls.conversion import show_conversion
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.records import choose_stage, show_records, toggle_stage
from pages.controls.scope import chosen_scope
from pages.controls.segments import choose_dimension
from pages.controls.stage_columns import TREND_COLUMNS
from pages.controls.tables import show_table

scope = chosen_scope()
compared = scope.compared()
show_scope(scope)

conversion = measure(stage_conversion, scope)
before = measure(stage_conversion, compared) if compared else None
if not conversion["reached"].sum():
    show_nothing(scope)
    st.stop()

with st.container(border=True):
    st.header("From stage to stage", anchor=False)
    above = st.container()
    stage = choose_stage()
    with above:
        st.plotly_chart(
            funnel(conversion, before, stage),
            key="funnel_chart",
            on_select=toggle_stage,
            selection_mode="points",
            config={"displayModeBar": False},
            alt="How many reach each stage of the funnel",
        )
        show_conversion(conversion, before, scope)
        offer_downloads(lambda: conversion, file_stem("stage_conversion", scope.period))
    if stage:
        show_records(scope, stage)

with st.container(border=True):
    st.header("By segment", anchor=False)
    if by := choose_dimension():
        segments = measure(stage_conversion_by, scope, by)
        st.caption(
            f"The largest {MAX_SEGMENTS} segments. A stronger shade means a higher rate; cohorts "
            f"under {MIN_COHORT} are not shaded, because chance rules there."
        )
        st.plotly_chart(
            conversion_heat(segments, by.value),
            key="funnel_heat",
            config={"displayModeBar": False},
            alt=f"Conversion of each step by {by.label}",
        )
        offer_downloads(lambda: segments, file_stem(f"stage_conversion_by_{by}", scope.period))

with st.container(border=True):
    st.header("Month by month", anchor=False)
    st.caption("Which share of each month's leads reached each stage. Hollow marks: still young.")
    trend = measure(stage_trend, scope)
    st.plotly_chart(
        monthly_rates(trend),
        key="funnel_trend",
        config={"displayModeBar": False},
        alt="Share of each month's leads that reached each stage",
    )
    with st.expander("The same as a table", icon=":material/table:"):
        stem = file_stem("stage_trend", scope.period)
        show_table(trend, alt="Stages by month", stem=stem, columns=TREND_COLUMNS)
