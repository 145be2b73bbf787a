"""Events: how far did people of an event go, why no further, and whom should we call now?"""

from dataclasses import replace

import streamlit as st

from metrics.events.funnel import event_funnel
from metrics.scope import Comparison
from pages.controls.measure import measure
from pages.controls.scope import chosen_scope
from pages.explore.occasions.answer import show_answer, show_funnel
from pages.explore.occasions.behind import show_behind
from pages.explore.occasions.chosen import choose_event, show_days, show_no_events

scope = replace(chosen_scope(), comparison=Comparison.NONE)
show_days(scope)
found = measure(event_funnel, scope)
if found.is_empty():
    show_no_events(scope)
    st.stop()
chosen = choose_event(found, scope)
show_answer(chosen)

with st.container(border=True):
    st.header("How far did people go, and why no further?", anchor=False)
    show_funnel(chosen)

with st.container(border=True):
    show_behind(chosen)
