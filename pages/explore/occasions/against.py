"""An event against like ones, and against one other."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.events.compared import events_compared
from metrics.events.likes import Standing, event_likes
from metrics.events.steps import FunnelStep
from metrics.events.words import compared_words
from metrics.wording import formats
from pages.charts.events import rates_against_like
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table
from pages.display.event_names import event_names
from pages.display.text import escape
from pages.explore.occasions.answer import LABELS
from pages.explore.occasions.chosen import CAME, Chosen


def show_like(chosen: Chosen) -> None:
    """Which steps went better or worse than at events of the kind, shrunk."""
    every = measure(event_likes, chosen.scope)
    rows = every.filter(campaign_id=chosen.event).with_columns(
        label=pl.col("step").replace_strict(LABELS)
    )
    held = rows.filter(pl.col("standing") != Standing.ALONE.value)
    if held.is_empty():
        st.info(
            "This event is not over, or no other event of its kind in the period tells the rate of"
            " a step: choose an event that is over, or a longer period.",
            icon=":material/info:",
        )
        return
    said = [
        f"{formats.listed(names).lower()} went {standing.value}"
        for standing in (Standing.BETTER, Standing.WORSE)
        if (names := held.filter(standing=standing.value)["label"].to_list())
    ]
    others = formats.counted(int(held["like_events"].max()), "other event")  # type: ignore[arg-type]
    begins = f"Against {others} of the kind {chosen.kind}"
    st.markdown(
        escape(
            f"{begins}, {' and '.join(said)}, by more than chance."
            if said
            else f"{begins}, no step went better or worse by more than chance."
        )
    )
    show_chart(
        rates_against_like(held),
        key="events_like",
        alt="Rates of the steps of this event with bounds, and what is typical of similar events",
    )
    columns = {
        "label": text("Step", pinned=True),
        "taken": number("Took it"),
        "tried": number("Of"),
        "rate": percent("Rate"),
        "like_rate": percent("Similar events"),
        "shrunk": percent("Drawn to typical"),
        "shrunk_low": percent("95% low"),
        "shrunk_high": percent("95% high"),
        "like_events": number("So many of them"),
        "standing": text("Against similar events"),
    }
    show_table(
        rows.select(list(columns)),
        alt="Rates against similar events",
        stem=file_stem("event_likes", chosen.scope.period),
        columns=columns,
        everything=lambda: every,
    )
    st.caption(
        "The rate is drawn towards what is typical of the kind, the further the fewer people it is"
        " of: the best of many small events is often the luckiest."
    )


def show_two(chosen: Chosen) -> None:
    """One other event: is it the same, step by step?"""
    others = chosen.found.filter(pl.col("campaign_id") != chosen.event)
    if others.is_empty():
        st.info(
            "There is no other event in this selection to compare with.", icon=":material/info:"
        )
        return
    alike = others.filter(CAME, pl.col("kind") == chosen.kind, ~pl.col("is_running"))
    names = event_names(others)
    first = next(iter(event_names(alike)), next(iter(names)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        other = names[
            choose_one(
                "Compare with",
                names,
                key="events_other",
                index=list(names).index(first) if first in names else 0,
                width=420,
            )
        ]
        steps = {each.label: each.value for each in list(FunnelStep)[1:]}
        step = steps[
            choose_one(
                "Compared at",
                steps,
                key="events_compared_step",
                index=list(steps).index(FunnelStep.HIGH_VALUE.label),
                width=200,
            )
        ]
    rows = measure(events_compared, chosen.scope, chosen.event, other)
    (row,) = rows.filter(step=step).rows(named=True)
    st.markdown(escape(compared_words(row)))
    columns = {
        "step": text("Step", pinned=True),
        "first_taken": number("Here"),
        "first_tried": number("Of"),
        "first_rate": percent("Rate here"),
        "second_taken": number("There"),
        "second_tried": number("Of"),
        "second_rate": percent("Rate there"),
        "difference": percent("Difference"),
        "difference_low": percent("95% low"),
        "difference_high": percent("95% high"),
        "verdict": text("More than chance?"),
        "because": text("Why not compared", wide="large"),
    }
    shown = rows.with_columns(step=pl.col("step").replace_strict(LABELS))
    show_table(
        shown.select(list(columns)),
        alt="Two events, step by step",
        stem=file_stem("events_compared", chosen.scope.period),
        columns=columns,
        everything=lambda: rows,
    )
    st.caption(
        "Bounds are of one difference; the claim is corrected for all steps. People are taken to"
        " decide independently of each other."
    )
