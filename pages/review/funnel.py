"""Funnel: where it leaks, by stage, segment and month."""

import streamlit as st

from metrics.funnel.conversion import stage_conversion
from metrics.scope import Basis
from pages.controls.captions import show_nothing, show_scope
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.review.answers import explain_funnel, show_cohort, show_events
from pages.review.conversion import show_steps
from pages.review.deals import show_unlinked, told
from pages.review.deeper import show_deeper
from pages.review.months import show_months
from pages.review.repeats import shown_stages
from pages.review.slices import show_slices
from pages.review.stages import show_stages

scope = chosen_scope()
compared = scope.compared()
conversion = measure(stage_conversion, scope)
before = measure(stage_conversion, compared) if compared else None
counts = told(dict(conversion.select("stage", "reached").iter_rows()), scope)
if scope.basis is Basis.COHORT:
    show_cohort(counts, scope)
else:
    show_events(counts, scope)
show_scope(scope)
explain_funnel(scope)
rows = shown_stages(scope)
is_explained = show_unlinked(scope)
if not conversion["reached"].sum():
    if not is_explained:
        show_nothing(scope)
    st.stop()

with st.container(border=True):
    st.header("From stage to stage", anchor=False)
    show_stages(scope, conversion, before, rows)

if scope.basis is Basis.COHORT:
    with st.container(border=True):
        st.header("Step by step", anchor=False)
        show_steps(
            rows.of(conversion), None if before is None else rows.of(before), scope, rows.titles
        )

with st.container(border=True):
    st.header("By segment", anchor=False)
    show_slices(scope, rows)

with st.container(border=True):
    st.header("Month by month", anchor=False)
    show_months(scope, rows)

with st.container(border=True):
    show_deeper(scope)
