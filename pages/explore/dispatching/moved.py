"""What sellers make of segments, what re-routing would bring, and which leads to move."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from metrics.dispatch.proposals import dispatch_proposals
from metrics.dispatch.rerouting import rerouting
from metrics.dispatch.segments import seller_segments
from metrics.scope import Dimension, Scope
from metrics.wording import formats
from pages.charts.dispatching.heat import seller_heat
from pages.controls.address import choose_one
from pages.controls.columns import day, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_chart, show_table, show_table_or
from pages.controls.width import in_wide_window
from pages.display.text import escape

SHOWN = 500
"""So many proposals stand on the page."""

_BY = {
    each.label.capitalize(): each
    for each in (
        Dimension.INDUSTRY, Dimension.REGION, Dimension.SIZE_BAND, Dimension.PRODUCT,
        Dimension.CHANNEL, Dimension.RELATIONSHIP, Dimension.OWN_SEGMENT,
    )
}  # fmt: skip


def show_rerouting(scope: Scope) -> None:
    """The sentence, the heat map of sellers by segment, gains by segment, and proposals."""
    by = _BY[choose_one("Segments by", _BY, key="dispatch_by", width=200)]
    gains = measure(rerouting, scope, definitions(), by)
    st.markdown(_said(gains.row(0, named=True)))
    rates = measure(seller_segments, scope, definitions(), by)
    if not rates.is_empty():
        with in_wide_window("dispatch_heat"):
            show_chart(
                seller_heat(rates),
                key="dispatch_heat",
                alt="Expected rate of opportunities by segment and seller, with leads behind it",
            )
        _show_rates(scope, rates)
    _show_gains(scope, gains)
    _show_proposals(scope, by)
    st.caption(
        "How it was estimated: accounts are divided in five. On four parts it is learned who does "
        "best with which segment, up to each seller's busiest month; the fifth tells what that is "
        "worth. Its leads that happened to go where they would be sent stand for the others, "
        "weighted by how likely that was for their segment, level and month. What differs "
        "otherwise between the leads of two sellers is not corrected."
    )


def _said(whole: Mapping[str, Any]) -> str:
    """The answer in one sentence."""
    if whole["because"] is not None:
        return f"What re-routing would bring cannot be told: {escape(whole['because'])}."
    gain, low, high = (_points(whole[n]) for n in ("gain", "gain_low_80", "gain_high_80"))
    claim = {"more than chance": "which is more than chance", "may be chance": "may be chance"}
    return (
        f"Sending each segment to whom it fares best with would add **{gain} points** ({low} to "
        f"{high}, with 80% certainty) to the {formats.share(whole['rate_now'])} of leads that "
        f"become an opportunity: {claim[whole['verdict']]}."
    )


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _show_rates(scope: Scope, rates: pl.DataFrame) -> None:
    columns = {
        "segment": text("Segment", pinned=True), "seller": text("Seller"),
        "rate": percent("Expected"), "rate_low": percent("From"), "rate_high": percent("To"),
        "rank": number("Rank"), "leads": number("Leads"), "reached": number("Opportunities"),
        "share": percent("Gets now"), "share_proposed": percent("Would get"),
    }  # fmt: skip
    show_table(
        rates.select(list(columns)),
        alt="Expected rates by segment and seller",
        stem=file_stem("seller_segments", scope.period),
        columns=columns,
        everything=lambda: rates,
    )


def _show_gains(scope: Scope, gains: pl.DataFrame) -> None:
    columns = {
        "segment": text("Segment", pinned=True), "leads": number("Leads"),
        "rate_now": percent("Now"), "gain": percent("Gain"), "gain_low_80": percent("From"),
        "gain_high_80": percent("To"), "overlap": percent("History can tell of"),
        "verdict": text("It is"), "because": text("Because", wide="large"),
    }  # fmt: skip
    show_table(
        gains.select(list(columns)),
        alt="What re-routing would add, by segment",
        stem=file_stem("rerouting", scope.period),
        columns=columns,
        everything=lambda: gains,
    )


def _show_proposals(scope: Scope, by: Dimension) -> None:
    found = measure(dispatch_proposals, scope, definitions(), by)
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found))
    columns = {
        "lead_id": text("Lead", pinned=True), "segment": text("Segment"),
        "since_on": day("There since"), "present_owner": text("Owner"),
        "present_route": text("Route"), "proposed_owner": text("Proposed owner"),
        "proposed_route": text("Proposed route"), "gain": percent("Gain"),
        "why": text("Why", wide="large"),
    }  # fmt: skip
    show_table_or(
        "No open lead would surely fare better with somebody else.",
        found.head(SHOWN).select(list(columns)),
        alt="Open leads that should be given to somebody else",
        stem=file_stem("dispatch_proposals", scope.period),
        columns=columns,
        everything=lambda: found.drop("lead_id"),
    )
