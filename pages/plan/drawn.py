"""Histories and draws of the plan pages: made once per state of the data and question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from metrics.period import Period
from metrics.plan.draws import Draws, draw
from metrics.plan.in_flight import InFlight, in_flight
from metrics.plan.past.history import History, history
from metrics.scope import Comparison, Dimension, Scope, Stage, Unit
from pages.controls.measure import current_warehouse, loaded_horizon, noted, remembering_warehouse


def plan_scope(scope: Scope, learn_from: Period | None = None) -> Scope:
    """The scope that plans learn from: the sidebar's filters, leads, and all loaded days.

    The sidebar's period is what other pages look back on; a plan learns from all that is loaded,
    or from `learn_from`.
    """
    period = learn_from or loaded_horizon().everything
    return replace(scope, period=period, unit=Unit.LEAD, comparison=Comparison.NONE)


def history_of(scope: Scope, by: Dimension | None = None, entry: Stage | None = None) -> History:
    """The history of a plan scope. Raises MetricError where no plan can be drawn from it."""
    warehouse = remembering_warehouse()
    question = f"{warehouse.generation} {scope!r} {by} {entry}"
    return noted(
        f"history {question}",
        lambda made: _history(question, made),
        lambda: history(warehouse, scope, by, entry),
    )


def draws_of(scope: Scope, by: Dimension | None = None, entry: Stage | None = None) -> Draws:
    """The draws of that history, which every plan, scenario and landing of it shares."""
    warehouse = current_warehouse()
    question = f"{warehouse.generation} {scope!r} {by} {entry}"
    return noted(
        f"draws {question}",
        lambda made: _draws(question, made),
        lambda: draw(history_of(scope, by, entry)),
    )


def brought_by(
    scope: Scope,
    windows: tuple[Period, ...],
    by: Dimension | None = None,
    entry: Stage | None = None,
) -> InFlight:
    """What exists already brings in each window."""
    warehouse = current_warehouse()
    question = f"{warehouse.generation} {scope!r} {by} {entry} {windows!r}"
    return noted(
        f"brought {question}",
        lambda made: _brought(question, made),
        lambda: in_flight(history_of(scope, by, entry), draws_of(scope, by, entry), windows),
    )


@st.cache_resource(max_entries=32, ttl="1h", show_spinner=False)
def _history(question: str, _answer: Callable[[], History]) -> History:
    return _answer()


@st.cache_resource(max_entries=16, ttl="1h", show_spinner=False)
def _draws(question: str, _answer: Callable[[], Draws]) -> Draws:
    return _answer()


@st.cache_resource(max_entries=32, ttl="1h", show_spinner=False)
def _brought(question: str, _answer: Callable[[], InFlight]) -> InFlight:
    return _answer()
