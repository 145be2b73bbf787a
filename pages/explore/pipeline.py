"""Pipeline: what will close, is it enough, how did it move, and what slips?"""

from dataclasses import replace

import streamlit as st

from metrics.scope import Comparison
from pages.controls.scope import chosen_scope
from pages.explore.deals_open.answer import show_answer
from pages.explore.deals_open.asked import choose
from pages.explore.deals_open.parts import show_parts

scope = replace(chosen_scope(), comparison=Comparison.NONE)
asked = choose(scope)
show_answer(asked)
with st.container(border=True):
    show_parts(asked)
