"""The records behind a cell, a page at a time, and all of them to take along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

import polars as pl
import streamlit as st

from metrics.period import Period
from metrics.scope import Basis, Scope
from metrics.segments.measures import Kind, Measure
from metrics.segments.segment_records import (
    PAGE,
    Behind,
    behind,
    number_behind,
    record_batches,
    segment_records,
)
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem, offer_streamed
from pages.controls.measure import current_warehouse
from pages.controls.tables import show_rows
from pages.display.text import escape
from pages.explore.slices.asked import TIMES, Asked, Cell, cells, of_measure

SEGMENT, MEASURE, NUMBER = "segments_cell", "segments_of", "segments_page"

MONTH = "segments_in"

WHOLE = "The whole period"

_BELOW = "segments_records_below"

NO_CELL = "Choose a segment"

LISTED = 500
"""So many segments can be chosen from; beyond these a filter has to narrow them."""

LEADS = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "region": text("Region"),
    "lead_on": day("Lead on"), "mql_on": day("MQL on"), "sql_on": day("SQL on"),
    "opportunity_on": day("Opportunity on"), "won_on": day("Won on"),
    "exit_stage": text("Left as"), "exit_reason": text("Reason"),
}  # fmt: skip

DEALS = {
    "opportunity_id": text("Deal", pinned=True), "account": text("Account"),
    "lead_id": text("Lead"), "owner": text("Owner"), "product": text("Product"),
    "channel": text("Channel"), "opened_on": day("Opened on"), "closed_on": day("Closed on"),
    "outcome": text("Outcome"), "amount": number("Amount"),
}  # fmt: skip


def take_cell(segment: str, measure: Measure) -> None:
    """Open the records of a cell; for the callback of a click."""
    st.session_state[SEGMENT] = segment
    st.session_state[MEASURE] = measure.label
    st.session_state[MONTH] = WHOLE
    st.session_state[NUMBER] = 1
    st.session_state[_BELOW] = False


def take_crossed(values: Sequence[str], measure: Measure) -> None:
    """Open the records of a crossed cell below the crossing; for the callback of a click."""
    take_cell(TIMES.join(values), measure)
    st.session_state[_BELOW] = True


def take_month(segment: str, measure: Measure, month: str) -> None:
    """Open the records of one month of a segment below its chart; for the callback of a click.

    `month` is the name of a part of the period, as `months_of` has it.
    """
    take_cell(segment, measure)
    st.session_state[MONTH] = month
    st.session_state[_BELOW] = True


def months_of(scope: Scope) -> dict[str, Period]:
    """The months of the period that the data has come to, by their names."""
    seen = scope.seen
    return {each.name: each for each in seen.parts(1)} if seen else {}


def are_below() -> bool:
    """Whether records stand below what was clicked last: a crossed cell, or a month's point."""
    return bool(st.session_state.get(_BELOW))


def show_records(asked: Asked, found: pl.DataFrame) -> None:
    """A segment and a measure to choose, and whoever is behind the number."""
    rows = of_measure(found, asked.main)
    known = _listed(asked, rows)
    labels = {each.label: each for each in asked.measures if each.kind is not Kind.SPEND}
    if not labels:
        st.caption("Spend is of campaigns and days: it has no leads or deals behind it.")
        return
    with st.container(horizontal=True, gap="medium"):
        segment = choose_one("Records of", [NO_CELL, *known], key=SEGMENT, width=360)
        chosen = labels[choose_one("Counted as", labels, key=MEASURE, width=220)]
        months = months_of(asked.scope)
        month = choose_one("In", [WHOLE, *months], key=MONTH, width=200)
    if len(rows) > LISTED:
        st.caption(f"The first {LISTED} of {formats.count(len(rows))} segments can be chosen here.")
    if segment == NO_CELL:
        st.caption("Click a number of the table, or choose a segment here.")
        return
    if month in months:
        asked = replace(asked, scope=replace(asked.scope, period=months[month]))
    _show(asked, segment, known[segment], chosen, month if month in months else "")


def _listed(asked: Asked, rows: pl.DataFrame) -> dict[str, Cell]:
    """The first segments, the one that was clicked, and of three dimensions the crossed two."""
    known = cells(asked, rows)
    chosen = st.session_state.get(SEGMENT)
    listed = {
        name: cell for place, (name, cell) in enumerate(known.items())
        if place < LISTED or name == chosen
    }  # fmt: skip
    if len(asked.by) < 3:
        return listed
    pair = Asked(asked.scope, asked.measures, asked.by[:2])
    return listed | cells(pair, rows.unique(pair.names, maintain_order=True).head(LISTED))


def _reached(of_cell: Behind, month: str) -> str:
    """What the records have in common, with the month where one is chosen."""
    reached = f"reached {of_cell.stage.word}"
    if not month:
        return reached
    if of_cell.scope.basis is Basis.COHORT:
        return f"entered in {month} and {reached}"
    return f"{reached} in {month}"


def _show(asked: Asked, segment: str, cell: Cell, chosen: Measure, month: str) -> None:
    """One page of the records; the engine sorts and cuts them."""
    of_cell = behind(asked.scope, cell, chosen)
    total = number_behind(current_warehouse(), of_cell) if of_cell else 0
    if of_cell is None or not total:
        st.info(f"Nobody is behind this number of {escape(segment)}.", icon=":material/info:")
        return
    what = ("deal", "deals") if of_cell.are_deals else ("lead", "leads")
    pages = ceil(total / PAGE)
    st.session_state[NUMBER] = min(max(int(st.session_state.get(NUMBER, 1)), 1), pages)
    said = f"**{formats.counted(total, *what)}** of {escape(segment)}"
    st.markdown(f"{said} that {_reached(of_cell, month)}, the latest first.")
    page = 1
    if pages > 1:
        page = st.number_input(
            f"Page of {formats.count(pages)}",
            min_value=1,
            max_value=pages,
            key=NUMBER,
            width=160,
        )
    shown = segment_records(
        current_warehouse(), asked.scope, cell, chosen, offset=PAGE * (page - 1)
    )
    columns = DEALS if of_cell.are_deals else LEADS
    show_rows(shown, alt=f"Records of {segment}", columns=columns)
    offer_streamed(
        lambda: record_batches(current_warehouse(), of_cell),
        file_stem(f"segment_{what[1]}", asked.scope.period),
        rows=total,
    )
