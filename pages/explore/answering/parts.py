"""The questions of the page, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from metrics.scope import Scope
from pages.controls.problems import explained
from pages.explore.answering.feedback import show_feedback
from pages.explore.answering.responses import show_response_times, show_states
from pages.explore.answering.work import show_work_list

PARTS: dict[str, Callable[[Scope], None]] = {
    "Work list": show_work_list,
    "In time": show_states,
    "Response times": show_response_times,
    "Reasons": show_feedback,
}
"""A tab's title, and what draws it for a scope."""


def show_parts(scope: Scope) -> None:
    """A tab per question; only the open one is asked."""
    tabs = st.tabs(list(PARTS), key="follow_up_part", bind="query-params")
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        if tab.open:
            with tab, explained():
                show(scope)
