"""Funnel: where it leaks, by stage, segment and month."""

import streamlit as st

from metrics.funnel.conversion import stage_conversion
from metrics.scope import Basis
from metrics.segments.segment_records import Behind
from metrics.sentences import compared_days_named, days_named
from pages.charts.funnel import funnel
from pages.controls.captions import show_nothing, show_scope
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart
from pages.review.answers import explain_funnel, show_cohort, show_events
from pages.review.conversion import show_conversion, show_steps
from pages.review.deals import deal_gaps, show_unlinked, undated_stages
from pages.review.deeper import show_deeper
from pages.review.months import show_months
from pages.review.slices import show_slices
from pages.review.stages import CHART, KEY, choose_stage, show_taken_back, toggle_stage
from pages.segmenting.records import reached, show_behind

scope = chosen_scope()
compared = scope.compared()
conversion = measure(stage_conversion, scope)
before = measure(stage_conversion, compared) if compared else None
counts = dict(conversion.select("stage", "reached").iter_rows())
if scope.basis is Basis.COHORT:
    show_cohort(counts, scope)
else:
    show_events(counts, scope)
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
    if stage:
        said = f"that {reached(stage)}"
        show_behind(Behind(scope, stage), said, key=KEY)
        show_taken_back(scope, stage)

if scope.basis is Basis.COHORT:
    with st.container(border=True):
        st.header("Step by step", anchor=False)
        show_steps(conversion, before, scope)

with st.container(border=True):
    st.header("By segment", anchor=False)
    show_slices(scope)

with st.container(border=True):
    st.header("Month by month", anchor=False)
    show_months(scope)

with st.container(border=True):
    show_deeper(scope)
