"""Overview: what happened in the period."""

from dataclasses import replace

import streamlit as st

from metrics.forecast.planned import planned_months
from metrics.funnel.trend import stage_trend
from metrics.scope import Basis, Unit
from metrics.sentences import compared_days_named
from metrics.wording.gaps import gaps
from pages.charts.trend import monthly_counts
from pages.controls.captions import show_nothing, show_scope, show_unfinished_months
from pages.controls.downloads import file_stem
from pages.controls.kept import notebook
from pages.controls.measure import definitions, measure
from pages.controls.sample_note import show_sample_note
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart
from pages.controls.tiles import show_tiles
from pages.display.text import escape
from pages.review.answers import explain_overview, show_events
from pages.review.deals import deal_gaps, show_unlinked, told
from pages.review.headline import money_tiles, stage_tiles, summary
from pages.review.stages import show_trend

show_sample_note()
scope = replace(chosen_scope(), basis=Basis.FLOW, window_days=None)

trend = measure(stage_trend, scope)
now, before = summary(scope), summary(scope.compared())
reached = told({stage.value: now.numbers[stage.value] for stage in scope.unit.stages}, scope)
show_events(reached, scope)
show_scope(scope)
explain_overview()
is_empty = not trend["reached"].sum()
if not show_unlinked(scope) and is_empty:
    show_nothing(scope)
currency = definitions().base_currency

compared_with = compared_days_named(scope)
stages = stage_tiles(now.numbers | reached, before.numbers, trend, scope)
show_tiles(stages, currency, compared_with)
if now.problem:
    st.warning(escape(now.problem), icon=":material/currency_exchange:")
else:
    show_tiles(money_tiles(now.numbers, before.numbers, scope.unit), currency, compared_with)
    for gap in (*gaps(now.numbers, scope), *deal_gaps(scope)):
        st.caption(f":material/info: {escape(gap)}")

if is_empty:
    st.stop()
with st.container(border=True):
    st.header("How the funnel moved", anchor=False)
    st.caption("How many reached each stage in each month, whenever they came in.")
    alt = "Entries into each stage of the funnel, month by month"
    planned = planned_months(notebook(), scope) if scope.unit is Unit.LEAD else None
    show_chart(monthly_counts(trend, planned), key="overview_trend", alt=alt)
    show_unfinished_months(trend)
    with st.expander("The same as a table", icon=":material/table:"):
        show_trend(trend, scope.basis, stem=file_stem("stage_trend", scope.period))
