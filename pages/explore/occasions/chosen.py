"""Which event the page is about, among which kinds."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import streamlit as st

from metrics.events.steps import FunnelStep
from metrics.scope import Scope
from metrics.sentences import days_named
from pages.controls.address import choose_one, report_ignored
from pages.controls.captions import show_missing
from pages.display.event_names import event_names
from pages.display.text import escape

CAME = (pl.col("step") == FunnelStep.ATTENDED.value) & (pl.col("people") > 0)
"""The step of an event to which people came."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The scope, the funnels of all events of the kinds, and the id of the one event."""

    scope: Scope
    found: pl.DataFrame
    event: str

    @property
    def funnel(self) -> pl.DataFrame:
        """The steps of the event."""
        return self.found.filter(campaign_id=self.event)

    @property
    def name(self) -> str:
        """What the event is called."""
        return str(self.funnel["campaign"][0])

    @property
    def kind(self) -> str:
        """The kind of the event."""
        return str(self.funnel["kind"][0])


def show_days(scope: Scope) -> None:
    """Which events and people are counted."""
    people = "; ".join(each.describe() for each in scope.filters)
    whose = f" Of people whose earliest lead has {people}." if people else ""
    st.caption(
        escape(
            f"Events and campaigns with a day in {days_named(scope)}, and those to come where it"
            f" reaches the last day of the data.{whose}"
        )
    )


def show_no_events(scope: Scope) -> None:
    """Nothing is in scope: what to load, or what else to ask."""
    if show_missing("event_funnel", "events"):
        return
    wider = "clear a filter or choose a longer period" if scope.filters else "choose another period"
    st.info(
        "No event or campaign has an invitation, a registration or a visitor on record in this"
        f" scope. In the sidebar, {wider}.",
        icon=":material/event:",
    )


def choose_event(found: pl.DataFrame, scope: Scope) -> Chosen:
    """The kinds and the event in a row: at first the latest that is over and had people come."""
    kinds = found["kind"].unique().sort().to_list()
    held = found.filter(CAME)["kind"].unique().sort().to_list()
    report_ignored({"events_kinds": lambda kind: kind in kinds})
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.pills(
            "Kind",
            kinds,
            selection_mode="multi",
            default=held or kinds,
            key="events_kinds",
            bind="query-params",
            persist_state="session",
            help="What an event or campaign is called in its system: the campaign's kind, else its"
            " channel. At first those that record who came.",
        )
        of_kinds = found.filter(pl.col("kind").is_in(picked or kinds))
        names = event_names(of_kinds)
        report_ignored({"events_event": lambda name: name in names})
        over = of_kinds.filter(CAME, ~pl.col("is_running"))
        latest = event_names(over)
        first = next(iter(latest), next(iter(names)))
        name = choose_one(
            "Event",
            names,
            key="events_event",
            index=list(names).index(first) if first in names else 0,
            width=420,
            meaning="Latest first. A campaign that stands for a series is one event.",
        )
    return Chosen(scope, of_kinds, names[name])
