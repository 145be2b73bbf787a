"""Reach: whom we may contact, whom we do, how that fares, and who is active."""

from dataclasses import replace

import streamlit as st

from data.errors import MetricError
from metrics.scope import Comparison
from pages.controls.problems import show_unanswered
from pages.controls.scope import chosen_scope
from pages.explore.audience.answer import show_answer
from pages.explore.audience.asked import choose, note_changed_definitions, offer_to_save
from pages.explore.audience.parts import show_parts

scope = replace(chosen_scope(), comparison=Comparison.NONE)
note_changed_definitions()
above = st.container()
try:
    asked = choose(scope)
except MetricError as gone:
    with above:
        show_unanswered(gone)
    st.stop()
with above:
    show_answer(asked)
offer_to_save(asked)
with st.container(border=True):
    show_parts(asked)
