"""The records behind a number, a page at a time beside it, and all of them to take along."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from metrics.segments.segment_records import (
    PAGE,
    Behind,
    number_behind,
    record_batches,
    records_behind,
)
from metrics.wording import formats
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem, offer_streamed
from pages.controls.measure import current_warehouse
from pages.controls.tables import show_rows
from pages.display.text import escape

NOBODY = "Choose"
"""Chosen in place of records."""

_LEADS = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "region": text("Region"),
    "lead_on": day("Lead on"), "mql_on": day("MQL on"), "sql_on": day("SQL on"),
    "opportunity_on": day("Opportunity on"), "won_on": day("Won on"),
    "exit_stage": text("Left as"), "exit_reason": text("Reason"),
}  # fmt: skip

_DEALS = {
    "opportunity_id": text("Deal", pinned=True), "account": text("Account"),
    "lead_id": text("Lead"), "owner": text("Owner"), "product": text("Product"),
    "channel": text("Channel"), "opened_on": day("Opened on"), "closed_on": day("Closed on"),
    "outcome": text("Outcome"), "amount": number("Amount"),
}  # fmt: skip


def choose_records(options: Mapping[str, tuple[Behind, str]], *, key: str) -> None:
    """A number to choose by its name, and the records behind it; a click on one writes its name.

    Each option has whose records they are, and these in words: "of Webinar that reached MQL".
    """
    if st.session_state.get(key, NOBODY) not in (NOBODY, *options):
        st.session_state[key] = NOBODY  # the number of another question
    chosen = st.selectbox(
        "Records of",
        [NOBODY, *options],
        key=key,
        width=360,
        bind="query-params",
        persist_state="session",
        filter_mode="fuzzy",
    )
    if chosen != NOBODY:
        of_number, said = options[chosen]
        show_behind(of_number, said, key=key)


def reached(stage: Stage) -> str:
    """What records of a stage did, after "that".

    >>> reached(Stage.LEAD), reached(Stage.SQL), reached(Stage.WON)
    ('came in', 'reached SQL', 'were won')
    """
    if stage is Stage.LEAD:
        return "came in"
    return "were won" if stage is Stage.WON else f"reached {stage.word}"


def toggle_records(name: str, *, key: str) -> None:
    """Open the records of a number; of the one that is open, close them. For a click's callback."""
    is_open = st.session_state.get(key) == name
    st.session_state[key] = NOBODY if is_open else name
    st.session_state[_page_of(key)] = 1


def clicked(key: str) -> dict[str, Any] | None:
    """The point of a chart that was clicked; None where a choice was only taken back."""
    points: list[dict[str, Any]] = st.session_state[key]["selection"]["points"]
    return points[0] if points else None


def show_behind(of_number: Behind, said: str, *, key: str) -> None:
    """How many records there are, one page of them, and all to take along.

    The engine sorts and cuts them. What they were chosen by stands first.
    """
    total = number_behind(current_warehouse(), of_number)
    if not total:
        st.info(f"Nobody is behind this number {said}.", icon=":material/info:")
        return
    what = ("deal", "deals") if of_number.are_deals else ("lead", "leads")
    st.markdown(f"**{formats.counted(total, *what)}** {said}, the latest first.")
    page, pages = 1, ceil(total / PAGE)
    if pages > 1:
        number_key = _page_of(key)
        st.session_state[number_key] = min(max(int(st.session_state.get(number_key, 1)), 1), pages)
        page = st.number_input(
            f"Page of {formats.count(pages)}",
            min_value=1,
            max_value=pages,
            key=number_key,
            width=160,
        )
    shown = records_behind(current_warehouse(), of_number, offset=PAGE * (page - 1))
    columns = columns_of(of_number)
    alt = f"{what[1].capitalize()} {escape(said)}"
    show_rows(shown.select(list(columns)), alt=alt, columns=columns)
    stem = file_stem(f"records_of_{what[1]}", of_number.scope.period)
    offer_streamed(
        lambda: record_batches(current_warehouse(), of_number), stem, rows=total, place=key
    )


def columns_of(of_number: Behind) -> dict[str, ColumnConfig]:
    """The columns of the records: who it is, what they were chosen by, then all others."""
    known = _DEALS if of_number.are_deals else _LEADS
    who = list(known)[:2]
    in_use = [each.value for each in of_number.in_use]
    titles = {each: text(Dimension(each).label.capitalize()) for each in in_use} | known
    return {name: titles[name] for name in dict.fromkeys((*who, *in_use, *known))}


def months_of(scope: Scope) -> dict[str, Period]:
    """The months of the period that the data has come to, by their names."""
    seen = scope.seen
    return {each.name: each for each in seen.parts(1)} if seen else {}


def _page_of(key: str) -> str:
    return f"{key}_page"
