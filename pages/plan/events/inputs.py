"""What an event plan is asked: the like events, the goal, the prices, and what is assumed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.plan.events.effort import Prices
from metrics.plan.events.planner import Goal
from metrics.plan.events.steps import INVITED, EventStep, Method
from metrics.scope import Dimension, Scope, Viewer
from pages.controls.address import choose_one
from pages.controls.measure import filter_values
from pages.display.event_names import event_names

EVERYONE = "Everyone invited"

CONFIDENCES = (50, 60, 70, 75, 80, 85, 90, 95)

GOALS = (
    EventStep.ATTENDED,
    EventStep.REGISTERED,
    EventStep.REACHED,
    EventStep.HIGH_VALUE,
    EventStep.OPPORTUNITY,
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The events to learn from, the method, the segment, and whether the rows are of all people."""

    found: pl.DataFrame
    methods: tuple[Method, ...]
    segment: str | None
    is_whole: bool

    @property
    def own(self) -> pl.DataFrame:
        """The rows of the segment; all where there is none."""
        return self.found if self.segment is None else self.found.filter(segment=self.segment)


def choose_slice(viewer: Viewer) -> Dimension | None:
    """By which dimension people are told apart, or none."""
    by_label = {"All people": None} | {
        each.label.capitalize(): each for each in filter_values(viewer)
    }
    label = choose_one(
        "People by",
        by_label,
        key="event_by",
        width=180,
        meaning="A person has the segment of the earliest lead; without a lead it is Unassigned.",
    )
    return by_label[label]


def choose_like(
    found: pl.DataFrame, scope: Scope, by: Dimension | None, row: DeltaGenerator
) -> Chosen:
    """Which events are like the one that is planned, and of which people."""
    kinds = found["kind"].unique().sort().to_list()
    recording = found.filter(pl.col("attended").is_not_null())["kind"].unique().sort().to_list()
    with row:
        picked = st.pills(
            "Similar events: kind",
            kinds,
            selection_mode="multi",
            default=recording or kinds,
            key="event_kinds",
            bind="query-params",
            persist_state="session",
            help="What an event or campaign is called in its system: the campaign's kind, else its"
            " channel.",
        )
        of_kind = found.filter(pl.col("kind").is_in(picked or kinds))
        methods = _choose_method(of_kind)
        segment = None
        if by:
            values = (
                of_kind.group_by("segment").len().sort("len", "segment", descending=[True, False])
            )
            segment = choose_one(
                by.label.capitalize(), values["segment"].to_list(), key="event_segment", width=200
            )
    over = of_kind.filter(~pl.col("is_running"))
    names = event_names(over)
    with st.expander("Leave events out", icon=":material/event_busy:"):
        out = st.multiselect(
            "Events that are not like the planned one",
            list(names),
            key="event_out",
            bind="query-params",
            persist_state="session",
            select_all=False,
        )
    left_out = [names[each] for each in out]
    is_whole = not (scope.filters or scope.viewer.restrictions)
    return Chosen(
        of_kind.filter(~pl.col("campaign_id").is_in(left_out)), methods, segment, is_whole
    )


def _choose_method(of_kind: pl.DataFrame) -> tuple[Method, ...]:
    there = [each for each in Method if each.value in set(of_kind["method"])]
    by_label = {EVERYONE: INVITED} | {each.label: (each,) for each in there}
    label = choose_one(
        "Invited by",
        by_label,
        key="event_method",
        width=200,
        meaning="Who was written to, called, or both. Everyone invited leaves out those who came"
        " without being on the list of an event that has one.",
    )
    return by_label[label]


def choose_goal(recorded: tuple[EventStep, ...]) -> tuple[Goal, Prices]:
    """How many people at which step, how sure, and what an e-mail and a call cost."""
    goals = [each for each in GOALS if each in recorded[1:]] or [recorded[-1]]
    labels = {each.label: each for each in goals}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = choose_one("Goal", labels, key="event_goal", width=160)
        step = labels[label]
        people = st.number_input(
            "Opportunities" if step is EventStep.OPPORTUNITY else "People",
            min_value=1,
            value=5 if step is EventStep.OPPORTUNITY else 120,
            step=5,
            key=f"event_people_{step.value}",
            bind="query-params",
            persist_state="session",
            width=150,
            help="How many should get to this step.",
        )
        confidence = st.select_slider(
            "How sure",
            CONFIDENCES,
            value=80,
            key="event_confidence",
            bind="query-params",
            persist_state="session",
            format_func=lambda value: f"{value}%",
            width=200,
            help="The share of possible events in which the goal is reached.",
        )
        prices = Prices(*(_price(what) for what in ("e-mail", "call")))
    return Goal(step, people, confidence / 100), prices


def _price(what: str) -> float | None:
    return st.number_input(
        f"Cost per {what}",
        min_value=0.0,
        value=None,
        step=0.1,
        format="%.2f",
        placeholder="not given",
        key=f"event_price_{what.replace('-', '')}",
        bind="query-params",
        persist_state="session",
        width=150,
        help="Without it the cost is the average spend of similar events per person at the goal.",
    )


def choose_rates(recorded: tuple[EventStep, ...]) -> dict[EventStep, float]:
    """Rates that are assumed instead of learned, in per cent; empty fields are learned."""
    steps = list(EventStep)[1:]
    with st.expander("Assume rates", icon=":material/tune:"):
        st.caption(
            "Each rate is a share of the step before, in per cent. An empty field is learned from"
            " similar events. A rate of registrations plans from the list where they record none."
        )
        with st.grid(4, min_column_width=150):
            given = {
                step: st.number_input(
                    f"{step.label} (%)",
                    min_value=0.0,
                    max_value=100.0,
                    value=None,
                    step=1.0,
                    placeholder="learned" if step in recorded[1:] else "not recorded",
                    key=f"event_rate_{step.value}",
                    bind="query-params",
                    persist_state="session",
                )
                for step in steps
            }
    return {step: rate / 100 for step, rate in given.items() if rate is not None}
