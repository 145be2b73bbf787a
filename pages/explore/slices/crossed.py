"""The first two dimensions of the question crossed."""

from __future__ import annotations

import streamlit as st

from pages.explore.slices.records import take_crossed
from pages.segmenting.crossed import show_crossed
from pages.segmenting.question import Asked


def show_pair(asked: Asked) -> None:
    """Of three dimensions the first two are crossed, all values of the third together."""
    if len(asked.by) < 2:
        st.caption("Choose a second dimension above to cross the two.")
        return
    pair = Asked(asked.scope, (asked.main,), asked.by[:2])
    show_crossed(pair, key="segments", take=lambda values: take_crossed(values, asked.main))
