"""Backward plan: what is needed, by when, for a target in revenue or deals."""

import polars as pl
import streamlit as st

from metrics.plan.backward.plan import backward_plan
from metrics.plan.backward.required import required_funnel
from pages.charts.planning.plan import needed_by_month
from pages.controls.captions import show_uncounted
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, remembered
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape
from pages.plan.backward.answer import (
    REQUIRED_COLUMNS,
    SOURCE_COLUMNS,
    coming,
    show_left_out,
    show_sentence,
    show_stages,
    show_tiles,
    usual_course,
)
from pages.plan.backward.entered import about, entries_note
from pages.plan.backward.inputs import choose_assumptions, choose_segments, choose_target
from pages.plan.backward.kept import show_kept
from pages.plan.backward.limits import show_limits
from pages.plan.backward.more import show_assumptions, show_levers
from pages.plan.drawn import brought_by, draws_of, history_of, plan_scope

asked_unit = chosen_scope().unit
scope = plan_scope(chosen_scope())
currency = definitions().base_currency
caption = st.empty()

by = choose_segments(scope.viewer)
history, draws = history_of(scope, by), draws_of(scope, by)
caption.caption(escape(about(scope, history)))
show_uncounted("journey", "deal")
asked = choose_target(history, currency)
assumed = choose_assumptions(history, asked.whole.end)
brought = brought_by(scope, asked.target.windows, by)
question = (scope, by, asked.target, assumed)
plan = remembered(
    lambda: backward_plan(history, draws, brought, asked.target, assumed), "plan", *question
)
usual = remembered(lambda: usual_course(history, plan), "usual", *question)

show_sentence(plan, history, usual, currency)
show_tiles(plan, usual, currency)
show_left_out(history, draws, entries_note(history, scope, asked_unit))

if plan.is_reachable:
    required = remembered(lambda: required_funnel(plan, draws), "required", *question)
    with st.container(border=True):
        st.header("What is needed by month?", anchor=False)
        figure = needed_by_month(required, plan.entry, usual.per_month)
        show_chart(figure, key="plan_needed", alt="Entries needed in each month")
        show_stages(required, plan)
        with st.expander("Show as a table", icon=":material/table:"):
            stem = file_stem("required_funnel", asked.whole)
            show_table(
                required.with_columns(pl.col("low", "middle", "high").round(1)),
                alt="Required funnel",
                stem=stem,
                columns=REQUIRED_COLUMNS,
                everything=lambda: required,
            )

with st.container(border=True):
    st.header("What is already coming?", anchor=False)
    rows = coming(history, brought)
    stem = file_stem("already_coming", asked.whole)
    show_table(rows, alt="What exists already brings", stem=stem, columns=SOURCE_COLUMNS)
    st.caption("Each source has a range of its own. Ranges do not add up; means do.")

show_limits(plan, draws, scope, by)
show_levers(history, draws, brought, plan, usual, currency, question)
show_assumptions(history, draws, plan, currency, question)
show_kept(plan, history, draws, scope, by, brought)
