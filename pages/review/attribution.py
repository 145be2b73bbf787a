"""Attribution: which touches earn the credit, and why models differ."""

import streamlit as st

from pages.controls.captions import show_nothing, show_scope
from pages.controls.scope import chosen_scope
from pages.review.credit.asked import choose_question, credit
from pages.review.credit.behind import show_behind
from pages.review.credit.models import show_models, show_sentence
from pages.review.credit.nothing import show_no_touches

scope = chosen_scope()
above = st.container()
asked = choose_question(scope)
found = credit(asked)
with above:
    if not found["conversions"].sum():
        show_scope(scope)
        show_nothing(scope)
        st.stop()
    show_sentence(found, asked)
    show_scope(scope)
    show_no_touches(found)

with st.container(border=True):
    st.header("Who earns the credit", anchor=False)
    show_models(found, asked)

with st.container(border=True):
    show_behind(found, asked)
