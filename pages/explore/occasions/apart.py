"""An event taken apart: by segment, by how people were invited, and by what a person cost."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.chance import FEWEST
from metrics.events.costs import event_costs
from metrics.events.segments import METHOD, event_segments
from metrics.events.steps import FunnelStep
from metrics.scope import Dimension
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, filter_values, measure
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.explore.occasions.answer import LABELS
from pages.explore.occasions.chosen import Chosen

METHODS = {
    "email": "E-mail",
    "call": "Call",
    "both": "E-mail and call",
    "uninvited": "Not invited",
    "unknown": "Not recorded",
}


def show_segments(chosen: Chosen) -> None:
    """Which people went how far, at one step: by method of invitation, or by a dimension."""
    dimensions: dict[str, Dimension | None] = {"How they were invited": None}
    dimensions |= {each.label.capitalize(): each for each in filter_values(chosen.scope.viewer)}
    known = chosen.funnel.filter(pl.col("previous").is_not_null())
    steps = {LABELS[step]: step for step in known["step"]} or {
        each.label: each.value for each in FunnelStep
    }
    with st.container(horizontal=True, vertical_alignment="bottom"):
        by = dimensions[
            choose_one(
                "People by",
                dimensions,
                key="events_by",
                width=220,
                meaning="A person has the segment of the earliest lead; without it is Unassigned.",
            )
        ]
        step = steps[choose_one("Step", steps, key="events_step", width=180)]
    every = measure(event_segments, chosen.scope, by)
    own = every.filter(campaign_id=chosen.event)
    rows = own.filter(pl.col("step") == step).sort(
        "people", "segment", descending=[True, False], nulls_last=True
    )
    if by is None:
        rows = rows.with_columns(pl.col("segment").replace(METHODS))
    rated = rows.filter(pl.col("rate").is_not_null(), pl.col("previous") >= FEWEST)
    if rated["rate"].n_unique() > 1:
        best, worst = (
            rated.sort("rate", descending=flag).row(0, named=True) for flag in (True, False)
        )
        st.markdown(
            escape(
                f"{LABELS[step]}: {best['segment']} has the highest rate,"
                f" {formats.share(best['rate'])} of {formats.count(best['previous'])}, and"
                f" {worst['segment']} the lowest, {formats.share(worst['rate'])} of"
                f" {formats.count(worst['previous'])}, among those of {FEWEST} people or more."
            )
        )
    columns = {
        "segment": text("Invited by" if by is None else by.label.capitalize(), pinned=True),
        "people": number(LABELS[step]),
        "previous": number("Of", meaning="People at the step before that is known."),
        "rate": percent("Rate"),
        "rate_low": percent("95% low"),
        "rate_high": percent("95% high"),
        "lost": number("Lost"),
        "open": number("May still go on"),
        "joined": number("Joined", meaning="Took this step without the one before."),
        "because": text("Why not known", wide="large"),
    }
    what = METHOD if by is None else by.value
    show_table(
        rows.select(list(columns)),
        alt=f"{LABELS[step]} by {what}",
        stem=file_stem(f"event_segments_{what}", chosen.scope.period),
        columns=columns,
        everything=lambda: own,
    )


def show_costs(chosen: Chosen) -> None:
    """What a person cost at each step, and at like events."""
    every = measure(event_costs, chosen.scope)
    rows = every.filter(campaign_id=chosen.event)
    currency = definitions().base_currency
    told = rows.filter(pl.col("cost_per_person").is_not_null())
    if told.is_empty():
        reasons = [*rows["because"].drop_nulls(), "nobody took a step"]
        st.info(escape(f"The cost is not known: {reasons[0]}."), icon=":material/info:")
        return
    row = told.filter(step=FunnelStep.ATTENDED.value)
    row = row if len(row) else told.tail(1)
    (last,) = row.rows(named=True)
    like = last["like_cost_per_person"]
    beside = (
        f", at {formats.counted(last['like_events'], 'similar event')} "
        f"{formats.money(like, currency)}"
        if like is not None
        else ""
    )
    st.markdown(
        escape(
            f"{formats.money(last['cost_amount'], currency)} was spent. Per person at the step"
            f" {LABELS[last['step']].lower()} that is"
            f" {formats.money(last['cost_per_person'], currency)}{beside}."
        )
    )
    columns = {
        "step": text("Step", pinned=True),
        "people": number("People"),
        "cost_per_person": short(f"Cost per person, {currency}"),
        "like_cost_per_person": short("At similar events"),
        "like_events": number(
            "Similar events", meaning="Others of the kind that are over, with spend."
        ),
    }
    show_table(
        rows.with_columns(step=pl.col("step").replace_strict(LABELS)).select(list(columns)),
        alt="Cost per person at each step",
        stem=file_stem("event_costs", chosen.scope.period),
        columns=columns,
        everything=lambda: every,
    )
    st.caption(
        "All that was spent on the event, divided by the people of each step: costs of two steps"
        " are not added."
    )
