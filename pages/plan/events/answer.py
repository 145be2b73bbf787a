"""The answer of an event plan: a sentence, tiles, and what becomes of the list."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.plan.events.effort import Effort
from metrics.plan.events.like import LikeEvents
from metrics.plan.events.planner import EventPlan, event_forecast
from metrics.plan.events.rates import StepRates
from metrics.plan.events.steps import EventStep, Method
from metrics.plan.events.words import answer_words, effort_words, people_at, rests_on
from metrics.wording import formats
from pages.charts.planning.events import steps_of_event
from pages.controls.address import choose_of_few
from pages.controls.columns import day, number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape
from pages.plan.events.inputs import Chosen

FORECAST_COLUMNS = {
    "step": text("Step", pinned=True),
    "low": number("10% low"),
    "middle": number("Middle"),
    "high": number("90% high"),
    "rate_low": percent("Rate, low"),
    "rate_middle": percent("Rate, middle"),
    "rate_high": percent("Rate, high"),
    "events": number("Similar events", meaning="Events with anyone at the step before."),
    "people": number("Of their people", meaning="People at the step before, of these events."),
    "is_assumed": tick("Assumed", meaning="The rate is assumed, and has no range."),
}

EVENT_COLUMNS = {
    "campaign": text("Event"),
    "ends_on": day("To"),
    "is_running": tick("Runs", meaning="Not over when the data ends, so it is not learned from."),
    "method": text("Invited by"),
    **{step.value: number(step.label) for step in EventStep},
    "mails": number("E-mails"),
    "calls": number("Calls"),
    "cost_amount": number("Spend of the event"),
    "kind": text("Kind"),
    "unknown": text("Why not known", wide="large"),
}

AS_NEEDED, OWN_LIST = "As many as needed", "A number of my own"


def show_answer(plan: EventPlan, like: LikeEvents, found: Effort, currency: str) -> None:
    """What the goal takes, in a sentence and as tiles, and what that rests on."""
    words = answer_words(plan)
    if not plan.is_reachable:
        st.error(escape(words), icon=":material/block:")
        return
    money = None if found.cost is None else formats.money(found.cost, currency)
    st.markdown(escape(f"{words} {effort_words(found, money)}".strip()))
    tiles = [
        (
            people_at(plan.entry, plan.volume).partition(" ")[2].capitalize(),
            formats.count(plan.volume),
            "The smallest number that reaches the goal in as many of the possible events as asked.",
        ),
        (
            "E-mails",
            formats.count(found.mails),
            "As many per person on the list as similar events sent, on average.",
        ),
        (
            "Calls",
            formats.count(found.calls),
            "As many per person on the list as similar events made, on average.",
        ),
        (
            "Average cost" if found.is_average else "Cost",
            formats.NOTHING if money is None else money,
            "By the prices given; else by what similar events spent per person at the goal.",
        ),
    ]
    with st.grid(len(tiles), min_column_width=160):
        for label, value, meaning in tiles:
            st.metric(label, escape(value), help=escape(meaning), border=True, height="stretch")
    st.caption(escape(rests_on(like, plan)))


def show_steps(
    rates: StepRates, plan: EventPlan, like: LikeEvents, so_far: dict[EventStep, int]
) -> None:
    """What becomes of the list, step by step: as many as needed, or a number of one's own."""
    with st.container(border=True):
        st.header("What becomes of the list?", anchor=False)
        entry, people = _choose_start(rates, plan)
        if people is None:
            return
        rows = event_forecast(rates, like, entry, people)
        if entry is plan.entry:
            chance = formats.share(plan.chance_with(people))
            goal = people_at(plan.goal.step, plan.goal.people)
            start = people_at(entry, people)
            st.markdown(escape(f"With {start} the chance of {goal} is {chance}."))
        named = rows.with_columns(
            label=pl.col("step").map_elements(
                lambda step: EventStep(step).label, return_dtype=pl.String
            ),
            so_far=pl.col("step").replace_strict(
                {step.value: count for step, count in so_far.items()},
                default=None,
                return_dtype=pl.Int64,
            ),
        )
        alt = "People at each step, with ranges"
        show_chart(steps_of_event(named), key="event_steps", alt=alt)
        st.caption("Ranges hold 80% of possible events. Shares are of the step before.")
        with st.expander("Show as a table", icon=":material/table:"):
            shown = rows.with_columns(step=named["label"])
            stem = file_stem("event_plan")
            show_table(shown, alt="People at each step", stem=stem, columns=FORECAST_COLUMNS)


def _choose_start(rates: StepRates, plan: EventPlan) -> tuple[EventStep, int | None]:
    start = choose_of_few(
        "Start with",
        (AS_NEEDED, OWN_LIST),
        key="event_start",
        meaning="Backward from the goal, or forward from a number that is given.",
    )
    if start == AS_NEEDED:
        return plan.entry, int(plan.volume) if plan.is_reachable else None
    entry = rates.steps[0]
    people = st.number_input(
        entry.label,
        min_value=0,
        value=1000,
        step=50,
        key="event_list",
        bind="query-params",
        persist_state="session",
        width=200,
    )
    return entry, people


def show_events(chosen: Chosen) -> None:
    """The like events with their counts, and why a count is not known."""
    with st.container(border=True):
        st.header("Which events is this learned from?", anchor=False)
        rows = chosen.own.filter(pl.col("method").is_in([each.value for each in chosen.methods]))
        labels = {each.value: each.label for each in Method}
        shown = (
            rows.sort("starts_on", "campaign", descending=[True, False])
            .with_columns(pl.col("method").replace(labels))
            .select(*EVENT_COLUMNS)
        )
        stem = file_stem("like_events")
        show_table(shown, alt="Similar events", stem=stem, columns=EVENT_COLUMNS)
        st.caption(
            "Each step counts who took it or a later one. High value: an action that the"
            " definitions call so, other than coming, within 30 days. Opportunity: opened within"
            " 90 days, for one person of its account. A dash is not known, which is not 0."
        )
