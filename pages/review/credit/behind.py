"""The questions behind the credit, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from pages.review.credit.asked import Asked
from pages.review.credit.deals import show_deals
from pages.review.credit.learnt import show_learnt
from pages.review.credit.nothing import has_touches
from pages.review.credit.said import show_said
from pages.review.credit.sourcing import show_sourcing
from pages.review.credit.together import show_paths, show_stages, show_together

PARTS: dict[str, Callable[[pl.DataFrame, Asked], None]] = {
    "Why models differ": show_deals,
    "Paths": show_paths,
    "Overlap and assists": show_together,
    "Between stages": show_stages,
    "Sourced": show_sourcing,
    "What people said": show_said,
    "What models learn from": show_learnt,
}

WITHOUT_TOUCHES = ("Sourced", "What people said")
"""What leads and deals tell by themselves."""


def show_behind(credit: pl.DataFrame, asked: Asked) -> None:
    """A tab per question that the data may answer; only the open one is asked."""
    st.header("Behind the credit", anchor=False)
    names = list(PARTS) if has_touches(credit) else list(WITHOUT_TOUCHES)
    tabs = st.tabs(names, key="attribution_part", bind="query-params")
    for tab, name in zip(tabs, names, strict=True):
        if tab.open:
            with tab:
                PARTS[name](credit, asked)
