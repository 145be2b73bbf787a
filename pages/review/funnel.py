"""Funnel: where it leaks, by stage, segment and month."""

import streamlit as st

from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from metrics.scope import Basis, Unit
from metrics.sentences import compared_days_named, days_named
from pages.charts.funnel import funnel
from pages.charts.heat import conversion_heat
from pages.charts.trend import monthly_counts, monthly_rates
from pages.controls.captions import show_nothing, show_scope, show_unfinished_months
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart
from pages.review.answers import explain_funnel, show_cohort, show_events
from pages.review.conversion import show_conversion, show_steps
from pages.review.deals import deal_gaps, show_deals, show_unlinked, undated_stages
from pages.review.deeper import show_deeper
from pages.review.stages import (
    CHART,
    choose_dimension,
    choose_stage,
    show_records,
    show_taken_back,
    show_trend,
    toggle_stage,
)

scope = chosen_scope()
compared = scope.compared()
conversion = measure(stage_conversion, scope)
before = measure(stage_conversion, compared) if compared else None
reached = dict(conversion.select("stage", "reached").iter_rows())
if scope.basis is Basis.COHORT:
    show_cohort(reached, scope)
else:
    show_events(reached, scope)
show_scope(scope)
explain_funnel(scope)
is_explained = show_unlinked(scope)
if not conversion["reached"].sum():
    if not is_explained:
        show_nothing(scope)
    st.stop()

with st.container(border=True):
    st.header("From stage to stage", anchor=False)
    above = st.container()
    stage = choose_stage(scope.unit)
    with above:
        names = (days_named(scope), compared_days_named(scope) or "")
        figure = funnel(conversion, scope.basis, before, stage, names)
        alt = "How many reach each stage of the funnel"
        show_chart(figure, key=CHART, alt=alt, on_click=toggle_stage)
        show_conversion(conversion, before, scope)
        if undated := undated_stages(conversion, scope):
            st.info(undated, icon=":material/event_busy:")
        for gap in deal_gaps(scope):
            st.caption(gap)
        offer_downloads(lambda: conversion, file_stem("stage_conversion", scope.period))
    if stage and scope.unit is Unit.DEAL:
        show_deals(scope, stage)
    elif stage:
        show_records(scope, stage)
    if stage:
        show_taken_back(scope, stage)

if scope.basis is Basis.COHORT:
    with st.container(border=True):
        st.header("Step by step", anchor=False)
        show_steps(conversion, before, scope)

with st.container(border=True):
    st.header("By segment", anchor=False)
    if by := choose_dimension(scope.viewer):
        segments = measure(stage_conversion_by, scope, by)
        alt = f"Conversion of each step by {by.label}"
        figure = conversion_heat(segments, by.value, scope.basis)
        show_chart(figure, key="funnel_heat", alt=alt)
        offer_downloads(lambda: segments, file_stem(f"stage_conversion_by_{by}", scope.period))

with st.container(border=True):
    st.header("Month by month", anchor=False)
    trend = measure(stage_trend, scope)
    if scope.basis is Basis.COHORT:
        alt = "Which share of those that entered in each month reached each stage."
        st.caption(f"{alt} Hollow marks: still young.")
    else:
        alt = "How many reached each stage in each month, whenever they came in."
        st.caption(alt)
    drawn = monthly_rates if scope.basis is Basis.COHORT else monthly_counts
    show_chart(drawn(trend), key="funnel_trend", alt=alt)
    show_unfinished_months(trend)
    with st.expander("The same as a table", icon=":material/table:"):
        stem = file_stem("stage_trend", scope.period)
        show_trend(trend, scope.basis, stem=stem)

with st.container(border=True):
    show_deeper(scope)
