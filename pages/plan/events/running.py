"""An event that runs, held to its plan: limits, the step that is out, and what it takes now."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from data.errors import MetricError
from metrics.plan.events.control import step_control
from metrics.plan.events.like import LikeEvents, counts_so_far
from metrics.plan.events.planner import Goal, plan_from_here
from metrics.plan.events.rates import StepRates
from metrics.plan.events.steps import EventStep
from metrics.plan.events.words import answer_words, control_words
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.tables import show_table
from pages.display.event_names import event_names
from pages.display.text import escape
from pages.plan.events.inputs import Chosen

NONE, TYPED = "None", "Counts of my own"

CONTROL_COLUMNS = {
    "step": text("Step", pinned=True),
    "tried": number("At the step before"),
    "taken": number("So far"),
    "rate": percent("Rate"),
    "planned": percent("Planned rate"),
    "low": number("Limit, low", meaning="The fewest that the planned rate leaves within control."),
    "high": number("Limit, high", meaning="The most that the planned rate leaves within control."),
    "usual_low": number("Usual, low", meaning="The same for as much as similar events differ."),
    "usual_high": number("Usual, high", meaning="The same for as much as similar events differ."),
    "state": text("Against the plan"),
}


def choose_counts(chosen: Chosen, rates: StepRates) -> dict[EventStep, int]:
    """The counts so far: of a campaign that runs, or typed; none where nothing is chosen."""
    running = chosen.own.filter(pl.col("is_running"))
    names = event_names(running)
    picked = choose_one(
        "Event that runs",
        (NONE, TYPED, *names),
        key="event_running",
        width=420,
        meaning="Its counts so far are held to the plan.",
    )
    if picked == NONE:
        return {}
    if picked != TYPED:
        return counts_so_far(chosen.own, names[picked], chosen.methods)
    with st.grid(4, min_column_width=150):
        typed = {
            step: st.number_input(
                f"{step.label}, so far",
                min_value=0,
                value=None,
                step=1,
                placeholder="not known",
                key=f"event_so_far_{step.value}",
                bind="query-params",
                persist_state="session",
            )
            for step in rates.steps
        }
    return {step: count for step, count in typed.items() if count is not None}


def show_control(
    like: LikeEvents,
    rates: StepRates,
    goal: Goal,
    counts: Mapping[EventStep, int],
    assumed: Mapping[EventStep, float],
) -> None:
    """Which step is out of control, and what the goal would take now."""
    if not counts:
        return
    control = step_control(rates, counts)
    out = control.filter(pl.col("state") != "within")
    said = escape(control_words(control))
    if out.is_empty():
        st.markdown(said)
    else:
        st.warning(said, icon=":material/warning:")
    try:
        now = answer_words(plan_from_here(like, goal, counts, assumed), more=True)
        st.markdown(escape(f"As it stands: {now[0].lower()}{now[1:]}"))
    except MetricError as error:
        st.info(escape(error), icon=":material/info:")
    if control.is_empty():
        return
    shown = control.with_columns(
        pl.col("step").map_elements(lambda step: EventStep(step).label, return_dtype=pl.String)
    )
    stem = file_stem("event_control")
    show_table(shown, alt="Steps against the plan", stem=stem, columns=CONTROL_COLUMNS)
    st.caption(
        "Limits are exact binomial ones of the planned rate: an event that goes as planned has any"
        " step outside in at most 5% of the cases. Who has not answered yet counts as not coming,"
        " so early counts are on the safe side."
    )
