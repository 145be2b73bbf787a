"""Segments: which segment explains it, by any measure, and who is behind each number."""

import streamlit as st

from pages.controls.captions import show_nothing
from pages.controls.scope import chosen_scope
from pages.explore.slices.answer import show_answer
from pages.explore.slices.asked import choose
from pages.explore.slices.parts import show_parts
from pages.explore.slices.records import are_below, show_records
from pages.explore.slices.side_by_side import show_table_of
from pages.segmenting.question import table

scope = chosen_scope()
above = st.container()
asked = choose(scope)
if asked is None:
    st.stop()
found = table(asked)
with above:
    if found.is_empty():
        show_nothing(scope)
        st.stop()
    show_answer(asked, found)

with st.container(border=True):
    st.header("Side by side", anchor=False)
    show_table_of(asked, found)

if are_below():
    crossing, records = st.container(border=True), st.container(border=True)
else:
    records, crossing = st.container(border=True), st.container(border=True)
with records:
    st.header("Records", anchor=False)
    show_records(asked, found)
with crossing:
    show_parts(asked)
