"""Plan versus actual: are we on plan, and why not?"""

import streamlit as st

from metrics.forecast.widening import AS_DRAWN
from metrics.period import Period
from metrics.returns.spread_spend import Grain
from pages.charts.planning.bullet import bullets
from pages.controls.captions import note_spread
from pages.controls.measure import definitions
from pages.controls.scope import chosen_scope
from pages.controls.tables import show_chart, show_table_or
from pages.plan.backward.working import choose_working_days
from pages.plan.behind import choose_part, show_behind, show_why
from pages.plan.drawn import plan_scope
from pages.plan.months import show_months
from pages.plan.still import show_still_possible
from pages.plan.versus import (
    WARNING_COLUMNS,
    choose_kept_plan,
    choose_month,
    compared,
    explained,
    leaves,
    name_of,
    of_plan,
    plan_of,
    rounded,
    show_caption,
    show_sentence,
    standing_words,
    warned,
)
from pages.plan.widened import learn_widening, learnt_widening, show_width

scope = plan_scope(chosen_scope())
currency = definitions().base_currency
with st.container(horizontal=True, vertical_alignment="bottom"):
    kept = choose_kept_plan()
    if kept is None:
        st.stop()
    plan = plan_of(scope, kept)
    month = choose_month(plan, scope.observed_until)
show_caption(plan, scope)
with st.expander("The working days by which a month is due", icon=":material/calendar_month:"):
    st.caption(
        "Where two years with 200 entries are known, a month is due as those went, counted in these"
        " days; else evenly over them."
    )
    working = choose_working_days()

begun = plan.won_from <= scope.observed_until
days = month or Period(plan.won_from, max(plan.won_from, scope.observed_until))
gap = of_plan(explained, scope, kept, month, working) if begun else None
if gap is not None:
    show_sentence(gap, name_of(month, plan), currency)

is_open = plan.months[-1].end > scope.observed_until
learnt = learnt_widening(scope) if is_open else AS_DRAWN
table = of_plan(compared, scope, kept, working, learnt.factor if learnt else 1.0)
if begun:
    with st.container(border=True):
        st.header("How far is each number?", anchor=False)
        alt = "Each metric as a share of its plan"
        show_chart(bullets(standing_words(table, month, currency)), key="versus_bullets", alt=alt)

if gap is not None:
    with st.container(border=True):
        st.header("Why is the revenue not the plan's?", anchor=False)
        show_why(gap, days, kept.value.confidence, currency)
        if part := choose_part(gap):
            show_behind(part, of_plan(leaves, scope, kept, month, working), scope, plan, days)

with st.container(border=True):
    st.header("Month by month", anchor=False)
    note_spread(scope, Grain.MONTH)
    if is_open:
        width = st.empty()
        show_width(learnt, width)
    show_months(table, scope, kept, plan)

with st.container(border=True):
    st.header("When will missing entries be missed as revenue?", anchor=False)
    found = rounded(of_plan(warned, scope, kept, working))
    nothing = "No month that has begun is short of its entries."
    show_table_or(
        nothing, found, alt="Early warning", stem="early_warning", columns=WARNING_COLUMNS
    )
show_still_possible(scope, kept, plan, currency)

if learnt is None:
    learnt = learn_widening(scope)
    if learnt.factor != 1:
        st.rerun()
    show_width(learnt, width)
