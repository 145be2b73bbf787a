"""Event planner: how many invitations for so many in the room?"""

import streamlit as st

from metrics.plan.events.effort import effort
from metrics.plan.events.like import like_events
from metrics.plan.events.planner import event_plan
from metrics.plan.events.rates import step_rates
from metrics.plan.events.steps import event_steps
from pages.controls.measure import definitions, measure
from pages.controls.scope import chosen_scope
from pages.display.text import escape
from pages.plan.drawn import plan_scope
from pages.plan.events.answer import show_answer, show_events, show_steps
from pages.plan.events.inputs import choose_goal, choose_like, choose_rates, choose_slice
from pages.plan.events.running import choose_counts, show_control

scope = plan_scope(chosen_scope())
filters = "; ".join(each.describe() for each in scope.filters)
people = f"People whose earliest lead has {filters}. " if filters else ""
st.caption(
    escape(f"{people}Learned from all events and campaigns that are loaded, of every period.")
)

if measure(event_steps, scope, None).is_empty():
    st.info(
        "No event or campaign has an invitation, a registration or a visitor on record in this "
        "selection. Load e-mail, call, webinar or badge exports that name their campaign on "
        "the Load page, or clear a filter.",
        icon=":material/event:",
    )
    st.stop()

row = st.container(horizontal=True, vertical_alignment="bottom")
with row:
    by = choose_slice(scope.viewer)
found = measure(event_steps, scope, by)
chosen = choose_like(found, scope, by, row)
like = like_events(chosen.found, chosen.methods, chosen.segment, is_whole=chosen.is_whole)
goal, prices = choose_goal(like.steps)
assumed = choose_rates(like.steps)
rates = step_rates(like, assumed)
plan = event_plan(rates, goal)
show_answer(plan, like, effort(plan, like, prices), definitions().base_currency)

above = st.container()
with st.container(border=True):
    st.header("Is the event that runs on plan?", anchor=False)
    counts = choose_counts(chosen, rates)
    show_control(like, rates, goal, counts, assumed)
with above:
    show_steps(rates, plan, like, counts)

show_events(chosen)
