"""Velocity and follow-up: what sales did with the MQLs that they were handed."""

from dataclasses import replace

import streamlit as st

from data.errors import MetricError
from metrics.scope import Comparison
from pages.controls.problems import show_unanswered
from pages.controls.scope import chosen_scope
from pages.explore.answering.answer import show_answer
from pages.explore.answering.parts import show_parts

scope = replace(chosen_scope(), comparison=Comparison.NONE)
try:
    show_answer(scope)
except MetricError as unanswered:
    show_unanswered(unanswered)
with st.container(border=True):
    show_parts(scope)
