"""What the numbers of a page are about, in one sentence under its title."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from metrics.period import in_words
from metrics.scope import Scope
from pages.controls.scope import scope_note
from pages.display.text import escape


def show_scope(scope: Scope) -> None:
    """The scope in words, and why there is no comparison when there is none."""
    st.caption(escape(scope.describe()))
    if note := scope_note():
        st.caption(f":material/info: {escape(note)}")


def show_unfinished_month(scope: Scope) -> None:
    """Say which month of the period is not over in the data, so that its dip is no surprise."""
    last = min(scope.observed_until, scope.period.end)
    if (last + timedelta(days=1)).day != 1:
        month = f"{last:%B} {last.year}"
        st.caption(f":material/info: {month} is not complete: it ends on {in_words(last)} here.")


def show_nothing(scope: Scope) -> None:
    """Nothing is in scope: what could be asked instead."""
    wider = "clear a filter or choose a longer period" if scope.filters else "choose another period"
    st.info(f"Nothing was found in this scope. In the sidebar, {wider}.", icon=":material/search:")
