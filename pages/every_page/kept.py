"""What people keep of the cockpit, in the sidebar of every page: saved views and notes on days."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from data.notebook.version import Kind
from pages.controls.kept import offer_undo
from pages.controls.problems import explained
from pages.every_page.day_notes import show_notes
from pages.every_page.saved_views import show_views


def show_kept(page: st.Page, pages: Sequence[st.Page]) -> None:
    """In the sidebar: saved views of these pages to open, this one to save, and notes on days."""
    with st.sidebar, st.expander("Views and notes", icon=":material/bookmark:"), explained():
        offer_undo(Kind.VIEW, Kind.NOTE)
        show_views(page, {each.title: each for each in pages})
        show_notes()
