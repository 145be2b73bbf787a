"""Forecast: where this quarter and the next three land, and how good that was in the past."""

from dataclasses import replace

import streamlit as st

from metrics.forecast.due import due_deals
from metrics.forecast.triangulation import triangulation
from pages.charts.planning.forecast import contributions, fan
from pages.controls.captions import show_uncounted
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape
from pages.plan.backward.entered import about
from pages.plan.drawn import plan_scope
from pages.plan.outlook import (
    COURSE_COLUMNS,
    SOURCE_COLUMNS,
    outlook,
    show_basis,
    show_sentence,
    show_views,
    without_totals,
)
from pages.plan.said import show_past
from pages.plan.widened import learn_widening

scope = plan_scope(chosen_scope())
caption = st.empty()
found = outlook(scope)
caption.caption(escape(about(scope, found.history)))
show_uncounted("journey", "deal")
show_sentence(found)
basis = st.empty()
show_basis(found, basis)

with st.container(border=True):
    st.header("Where do quarters land?", anchor=False)
    alt = "Won by quarter, and the forecast with its ranges"
    show_chart(fan(found.course), key="forecast_fan", alt=alt)
    with st.expander("Show as a table", icon=":material/table:"):
        stem = file_stem("forecast_quarters")
        show_table(found.course, alt="Quarters won and forecast", stem=stem, columns=COURSE_COLUMNS)

with st.container(border=True):
    st.header("Out of what?", anchor=False)
    figure = contributions(without_totals(found.sources))
    show_chart(figure, key="forecast_sources", alt="Mean of each quarter by source")
    st.caption("Means add up to the mean of the total. Percentiles do not: not all is low at once.")
    with st.expander("Show as a table", icon=":material/table:"):
        stem = file_stem("forecast_sources")
        show_table(found.sources, alt="Forecast by source", stem=stem, columns=SOURCE_COLUMNS)

with st.container(border=True):
    st.header("What do others say of each quarter?", anchor=False)
    views = triangulation(
        found.history, found.draws, found.landed, measure(due_deals, scope), found.planned
    )
    show_views(views, found)

show_past(found)

if found.learnt is None:
    learnt = learn_widening(scope)
    if learnt.factor != 1:
        st.rerun()
    show_basis(replace(found, learnt=learnt), basis)
