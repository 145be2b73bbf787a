"""Content: what should be written next, and for whom?"""

from dataclasses import replace

import streamlit as st

from metrics.scope import Comparison
from pages.controls.captions import show_missing, show_nothing
from pages.controls.scope import chosen_scope
from pages.explore.assets.answer import show_sentence, show_summary
from pages.explore.assets.asked import choose, coverage, performance
from pages.explore.assets.behind import show_behind
from pages.explore.assets.one import show_one
from pages.explore.assets.ranked import show_ranked

scope = replace(chosen_scope(), comparison=Comparison.NONE)
if show_missing("content_performance", "content"):
    st.stop()
assets, cells = performance(scope), coverage(scope)
if not assets["exposed"].sum() and not assets["visitors"].sum():
    show_nothing(scope)
    st.stop()
show_sentence(assets, cells, scope)
show_summary(assets, cells)
asked = choose(scope)

with st.container(border=True):
    st.header("Which assets do people download, and who are they?", anchor=False)
    show_ranked(assets, asked)

with st.container(border=True):
    st.header("One asset", anchor=False)
    show_one(assets, asked)

with st.container(border=True):
    show_behind(asked)
