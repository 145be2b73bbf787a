"""Lead quality: whether levels, grades and the score tell good leads from bad ones."""

from dataclasses import replace

import streamlit as st

from metrics.scope import Comparison
from pages.controls.scope import chosen_scope
from pages.explore.levels.answer import show_answer
from pages.explore.levels.parts import show_parts

scope = replace(chosen_scope(), comparison=Comparison.NONE)
show_answer(scope)
with st.container(border=True):
    show_parts(scope)
