"""The glossary: every term of the field with its meaning, as help texts say it."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.terms.glossary import GLOSSARY, defined, terms_with
from pages.controls.downloads import file_stem, offer_downloads
from pages.display.text import escape


def show_glossary() -> None:
    """All terms, or those that hold the words that are searched for."""
    searched = st.text_input(
        "Search",
        key="terms_glossary",
        bind="query-params",
        placeholder="MQL, win rate, chance …",
        icon=":material/search:",
    )
    found = terms_with(searched)
    if not found:
        st.markdown(f"No term speaks of {escape(searched)}. Try another word.")
        return
    with st.grid(2, min_column_width=320):
        for term in found:
            st.markdown(f"**{escape(term)}**  \n{escape(defined(term))}")
    offer_downloads(
        lambda: pl.DataFrame(list(GLOSSARY.items()), schema=["term", "meaning"], orient="row"),
        file_stem("glossary"),
    )
