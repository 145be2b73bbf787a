"""Questions of a page as tabs: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import streamlit as st

from data.errors import MetricError
from pages.controls.captions import show_missing
from pages.controls.problems import explained, show_unanswered

Asked = TypeVar("Asked")


def show_questions(parts: Mapping[str, Callable[[Asked], None]], asked: Asked, *, key: str) -> None:
    """A tab per question, by its title; only the open one is asked, and the address names it.

    What the data does not answer is said in the tab, with what to load. A tab that fails leaves the
    rest of the page as it is.
    """
    tabs = st.tabs(list(parts), key=key, bind="query-params")
    for tab, show in zip(tabs, parts.values(), strict=True):
        if not tab.open:
            continue
        with tab, explained():
            try:
                show(asked)
            except MetricError as missing:
                show_unanswered(missing)


def needing(name: str, family: str, show: Callable[[Asked], None]) -> Callable[[Asked], None]:
    """A question's part that says what to load where the metric behind it cannot answer."""

    def shown(asked: Asked) -> None:
        if not show_missing(name, family):
            show(asked)

    return shown
