"""Attribution: which touches earn the credit, and why models differ."""

from dataclasses import replace

import streamlit as st

from metrics.scope import Comparison
from pages.controls.captions import show_nothing, show_uncounted
from pages.controls.measure import has_paths_alone
from pages.controls.scope import chosen_scope
from pages.display.text import escape
from pages.review.credit.asked import choose_question, credit
from pages.review.credit.behind import show_behind
from pages.review.credit.loaded import show_loaded_paths
from pages.review.credit.models import show_models, show_sentence
from pages.review.credit.nothing import show_no_touches

if has_paths_alone():
    show_loaded_paths()
    st.stop()
scope = replace(chosen_scope(), comparison=Comparison.NONE)
above = st.container()
asked = choose_question(scope)
found = credit(asked)
with above:
    if not found["conversions"].sum():
        st.caption(escape(asked.question.describe()))
        show_nothing(scope)
        show_loaded_paths()
        st.stop()
    show_sentence(found, asked)
    st.caption(escape(asked.question.describe()))
    show_uncounted("touch", "deal")
    show_no_touches(found)

with st.container(border=True):
    st.header("Who earns the credit", anchor=False)
    show_models(found, asked)

with st.container(border=True):
    show_behind(found, asked)

show_loaded_paths()
