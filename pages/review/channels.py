"""Channels and ROI: what to cut, keep and grow, where the next amount goes, and why."""

from dataclasses import replace

import streamlit as st

from data.errors import MetricError
from metrics.returns.spread_spend import Grain
from metrics.scope import Comparison
from pages.controls.captions import note_spread, show_nothing
from pages.controls.problems import show_unanswered
from pages.controls.scope import chosen_scope
from pages.review.returns.asked import choose, returns
from pages.review.returns.behind import show_behind
from pages.review.returns.budget import show_budget
from pages.review.returns.channels import show_channels, show_sentence
from pages.review.returns.judged import show_verdicts

scope = replace(chosen_scope(), comparison=Comparison.NONE)
above = st.container()
asked = choose(scope)
try:
    found = returns(asked)
except MetricError as missing:
    with above:
        show_unanswered(missing)
    st.stop()
with above:
    show_sentence(found, asked)
    note_spread(scope, *Grain)
    if found.is_empty():
        show_nothing(scope)
        st.stop()

with st.container(border=True):
    st.header("What to do", anchor=False)
    show_verdicts(asked)

with st.container(border=True):
    st.header("What was spent, and what came of it", anchor=False)
    show_channels(found, asked)

with st.container(border=True):
    st.header("Budget", anchor=False)
    show_budget(asked)

with st.container(border=True):
    show_behind(asked)
