"""The questions about segments, one at a time: what is not looked at is not computed."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from metrics.funnel.ages import Way
from metrics.segments.measures import Kind
from pages.controls.questions import show_questions
from pages.explore.slices.by_month import show_months
from pages.explore.slices.crossed import show_pair
from pages.review.reasons import show_change, show_drivers
from pages.segmenting.question import Asked


def show_parts(asked: Asked) -> None:
    """A tab per question; only the open one is asked."""
    st.header("Behind the segments", anchor=False)
    show_questions(PARTS, asked, key="segments_part")


def _way(asked: Asked) -> Way:
    """The step of the first rate that is shown, else the unit's whole way."""
    for each in asked.measures:
        if each.kind is Kind.RATE:
            return each.way
    return asked.scope.unit.stages[0], asked.scope.unit.stages[-1]


def _show_drivers(asked: Asked) -> None:
    way = _way(asked)
    st.caption(
        f"From {way[0].label} to {way[1].label}: all dimensions, not only those chosen above. "
        f"Of all that reached {way[0].label} in the period, against those of the same month."
    )
    show_drivers(asked.scope, way)


def _show_change(asked: Asked) -> None:
    show_change(asked.scope, _way(asked))


PARTS: dict[str, Callable[[Asked], None]] = {
    "Crossed": show_pair,
    "Month by month": show_months,
    "Drivers": _show_drivers,
    "What changed": _show_change,
}
