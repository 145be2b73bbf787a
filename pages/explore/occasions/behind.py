"""The questions behind an event, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.controls.questions import show_questions
from pages.explore.occasions.against import show_like, show_two
from pages.explore.occasions.apart import show_costs, show_segments
from pages.explore.occasions.chosen import Chosen
from pages.explore.occasions.coming import show_coming
from pages.explore.occasions.follow_up import show_follow_up

PARTS: dict[str, Callable[[Chosen], None]] = {
    "Follow up": show_follow_up,
    "Two events": show_two,
    "Against similar events": show_like,
    "Segments and methods": show_segments,
    "Costs": show_costs,
    "Events to come": show_coming,
}


def show_behind(chosen: Chosen) -> None:
    """A tab per question; only the open one is asked."""
    st.header("Behind the event", anchor=False)
    show_questions(PARTS, chosen, key="events_part")
