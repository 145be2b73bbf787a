"""A group as an event log: the most common journeys, where they lead, and the time between."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.question import CREDITED
from metrics.funnel.deal_links import deal_links
from metrics.journeys.main_flows import main_flows
from metrics.journeys.variants import journey_flows, journey_variants, times_between
from metrics.scope import Dimension, Scope
from metrics.wording import formats
from pages.charts.journeys.flows import main_flows as flows_chart
from pages.controls.address import choose_one
from pages.controls.captions import show_missing, show_nothing, show_scope
from pages.controls.columns import bar, number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import escape

SHOWN = 20

_BY = {each.label.capitalize(): each for each in CREDITED}

_ARROW = " → "


def show_group(scope: Scope) -> None:
    """Of the leads that came in within the period, and pass the filters."""
    show_scope(scope)
    by = _BY[choose_one("Touches by", _BY, key="journeys_by", width=180)]
    variants = measure(journey_variants, scope, by)
    if variants.is_empty():
        if not show_missing("journey_variants", "journeys"):
            show_nothing(scope)
        return
    leads = int(variants["leads"].sum())
    first = variants.row(0, named=True)
    path = escape(_ARROW.join(first["variant"]) or "no event")
    st.markdown(
        f"**{formats.counted(leads, 'lead')}** took {formats.counted(len(variants), 'way')}. The "
        f"most common, of {formats.share(first['share'])}, is **{path}**."
    )
    without = _unknown_won(scope)
    period = scope.period
    named = variants.with_columns(
        path=pl.when(pl.col("events") > 0)
        .then(pl.col("variant").list.join(_ARROW))
        .otherwise(pl.lit("No event"))
    )
    columns = {
        "path": text("Journey so far", wide="large"), "leads": number("Leads"),
        "share": bar("Of all"), "won": number("Won"), "won_share": percent("Won of them"),
        "days_median": score("Days, median"),
    }  # fmt: skip
    st.subheader("The most common journeys", anchor=False)
    show_table(
        named.select(list(columns)).drop(without).head(SHOWN),
        alt="The most common journeys of the leads",
        stem=file_stem("journey_variants", period),
        columns=columns,
        everything=lambda: named.drop("variant", *without),
    )
    if len(named) > SHOWN:
        note_cut(SHOWN, len(named), first="most common")
    _show_flows(scope, by, without)
    _show_times(scope, by)


def _unknown_won(scope: Scope) -> list[str]:
    """The columns that cannot be known where deals are loaded and none has a lead; says so."""
    links = measure(deal_links, scope).row(0, named=True)
    if not links["deals"] or links["linked_deals"]:
        return []
    deals = formats.counted(links["deals"], "deal is", "deals are")
    st.caption(
        f":material/link_off: {deals} loaded and none is linked to a lead, so that nobody knows "
        "which journeys were won. Load the file that links them: deals with a lead or contact."
    )
    return ["won", "won_share"]


def _show_flows(scope: Scope, by: Dimension, without: list[str]) -> None:
    st.subheader("How they begin, and what follows", anchor=False)
    flows = measure(main_flows, scope, by)
    if flows.is_empty():
        st.caption("None of these leads has an event.")
        return
    columns = {
        "first_event": text("Begins with", pinned=True), "then": text("Then"),
        "leads": number("Leads"), "won": number("Won"),
    }  # fmt: skip
    show_table(
        flows.select(list(columns)).drop(without, strict=False),
        alt="The main first events of journeys and what follows them",
        stem=file_stem("journey_flows", scope.period),
        columns=columns,
        everything=lambda: measure(journey_flows, scope, by).drop(without, strict=False),
    )
    show_chart(
        flows_chart(flows),
        key="journeys_flows",
        alt="The main first events of journeys and what follows them, as flows",
    )
    st.caption("The two largest on each side; the downloads hold every event up to the fifth.")


def _show_times(scope: Scope, by: Dimension) -> None:
    st.subheader("The time between", anchor=False)
    times = measure(times_between, scope, by)
    columns = {
        "event": text("From", pinned=True), "next_event": text("To"), "times": number("Times"),
        "leads": number("Leads"), "days_median": score("Days, median"),
        "days_90": score("9 in 10 within"),
    }  # fmt: skip
    show_table(
        times.select(list(columns)).head(SHOWN),
        alt="The time between two events that follow one another",
        stem=file_stem("times_between", scope.period),
        columns=columns,
        everything=lambda: times,
    )
    st.caption("Of those that went on: who still waits for the next event is not in it.")
