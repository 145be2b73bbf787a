"""The questions behind the assets, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.controls.questions import show_questions
from pages.explore.assets.adds import show_adds
from pages.explore.assets.asked import Asked
from pages.explore.assets.changed import show_changed
from pages.explore.assets.followed import show_followed
from pages.explore.assets.gaps import show_gaps
from pages.explore.assets.reached import show_channels, show_personas
from pages.explore.assets.topics import show_topics

PARTS: dict[str, Callable[[Asked], None]] = {
    "Gaps": show_gaps,
    "Personas": show_personas,
    "Channels": show_channels,
    "Topics and decay": show_topics,
    "What followed": show_followed,
    "Adds": show_adds,
    "Effective then and now": show_changed,
}


def show_behind(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    st.header("Behind the assets", anchor=False)
    show_questions(PARTS, asked, key="content_part")
