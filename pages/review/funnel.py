"""Funnel: where it leaks, by stage, segment and month."""

import streamlit as st

from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from pages.charts.funnel import funnel
from pages.charts.heat import conversion_heat
from pages.charts.trend import monthly_rates
from pages.controls.captions import show_nothing, show_scope, show_unfinished_months
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart, show_table
from pages.review.stages import (
    CHART,
    TREND_COLUMNS,
    choose_dimension,
    choose_stage,
    show_conversion,
    show_records,
    toggle_stage,
)

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
        figure = funnel(conversion, before, stage)
        alt = "How many reach each stage of the funnel"
        show_chart(figure, key=CHART, alt=alt, on_click=toggle_stage)
        show_conversion(conversion, before, scope)
        offer_downloads(lambda: conversion, file_stem("stage_conversion", scope.period))
    if stage:
        show_records(scope, stage)

with st.container(border=True):
    st.header("By segment", anchor=False)
    if by := choose_dimension(scope.viewer):
        segments = measure(stage_conversion_by, scope, by)
        alt = f"Conversion of each step by {by.label}"
        show_chart(conversion_heat(segments, by.value), key="funnel_heat", alt=alt)
        offer_downloads(lambda: segments, file_stem(f"stage_conversion_by_{by}", scope.period))

with st.container(border=True):
    st.header("Month by month", anchor=False)
    st.caption("Which share of each month's leads reached each stage. Hollow marks: still young.")
    trend = measure(stage_trend, scope)
    alt = "Share of each month's leads that reached each stage"
    show_chart(monthly_rates(trend), key="funnel_trend", alt=alt)
    show_unfinished_months(trend)
    with st.expander("The same as a table", icon=":material/table:"):
        stem = file_stem("stage_trend", scope.period)
        show_table(trend, alt="Stages by month", stem=stem, columns=TREND_COLUMNS)
