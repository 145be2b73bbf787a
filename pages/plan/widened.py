"""Widened ranges: what is forecast is as wide as the misses of past forecasts ask for."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.forecast.back_test import back_test
from metrics.forecast.widening import Widening, widening_of
from metrics.scope import Scope
from pages.controls.measure import current_warehouse, measure, tell_measured

_LEARNT = "forecast_widening"


def learnt_widening(scope: Scope) -> Widening | None:
    """What past quarters say of the ranges; None until they were forecast again."""
    found = st.session_state.get(_LEARNT, {}).get(_question(scope))
    if not isinstance(found, Widening):
        return None
    tell_measured(back_test, scope)
    return found


def learn_widening(scope: Scope) -> Widening:
    """Forecast past quarters again, to see whether their ranges held.

    Once per state of the data and scope, and after everything else is shown: eight quarters take
    several times as long as the rest of the page.
    """
    with st.spinner("Past quarters are forecast again, to see whether their ranges held"):
        found = widening_of(measure(back_test, scope))
    st.session_state.setdefault(_LEARNT, {})[_question(scope)] = found
    return found


def width_in_words(learnt: Widening | None) -> str:
    """Why ranges are as wide as they are, or that this is not known yet."""
    if learnt is None:
        return "Ranges are as drawn until it is known whether past ones held."
    return learnt.reason


def show_width(learnt: Widening | None, place: DeltaGenerator) -> None:
    """How wide the ranges are of what may still be won in a plan's months."""
    words = width_in_words(learnt)
    place.caption(f"Won deals and revenue: {words[0].lower()}{words[1:]}")


def _question(scope: Scope) -> str:
    return f"{current_warehouse().generation} {scope!r}"
