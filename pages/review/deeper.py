"""The questions behind the rates, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from metrics.funnel.ages import Way
from metrics.scope import Basis, Scope
from pages.controls.problems import explained
from pages.review.cohorts import choose_way, show_cohorts, show_speed
from pages.review.reasons import show_change, show_drivers
from pages.review.transitions import show_transitions

PLAN = Path(__file__).parents[1] / "plan" / "backward_plan.py"

PARTS: dict[str, Callable[[Scope, Way], None]] = {
    "Cohorts": show_cohorts,
    "How many, how soon": show_speed,
    "What changed": show_change,
    "Drivers": show_drivers,
    "Transitions": show_transitions,
}


def show_deeper(scope: Scope) -> None:
    """A step to choose, and a tab per question about it; only the open one is asked."""
    st.header("Behind the rates", anchor=False)
    way = choose_way(scope.unit)
    if scope.basis is Basis.FLOW:
        st.caption("These parts follow cohorts, whatever the basis above.")
    tabs = st.tabs(list(PARTS), key="funnel_part", bind="query-params")
    for tab, show in zip(tabs, PARTS.values(), strict=True):
        if tab.open:
            with tab, explained():
                show(scope, way)
    st.page_link(str(PLAN), label="Plan from these rates", icon=":material/flag:")
