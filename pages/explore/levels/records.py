"""The leads behind a number, a page at a time, and all of them to take along."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.quality.records import (
    PAGE,
    Behind,
    number_behind,
    quality_records,
    record_batches,
)
from metrics.reach.bad_contacts import bad_contact_records, bad_records_query
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import day, score, text, tick
from pages.controls.downloads import file_stem, offer_streamed
from pages.controls.measure import current_warehouse, definitions
from pages.controls.tables import RowChoice, show_rows
from pages.display.text import escape

NOBODY = "Choose a line"

REACHED = {
    "All of them": None, "Reached SQL": Stage.SQL, "Reached opportunity": Stage.OPPORTUNITY,
    "Won": Stage.WON,
}  # fmt: skip

LEADS: dict[str, ColumnConfig] = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "level": text("Level"),
    "graded": text("Grade"), "score": score("Score"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "entered_file": text("First file"),
    "fake_by": text("Fake by"), "lead_on": day("Lead on"), "mql_on": day("MQL on"),
    "sql_on": day("SQL on"), "opportunity_on": day("Opportunity on"), "won_on": day("Won on"),
    "exit_on": day("Left on"), "exit_reason": text("Reason"),
}  # fmt: skip

_BAD: dict[str, ColumnConfig] = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "entered_file": text("First file"), "content": text("Form"),
    "owner": text("Owner"), "lead_on": day("Lead on"),
    "is_unreachable": tick("Unreachable", meaning="No other address of its person is good"),
}  # fmt: skip


@dataclass(frozen=True)
class Records:
    """So many leads, how one page of them and how all of them are fetched."""

    total: int
    page: Callable[[int], pl.DataFrame]
    parts: Callable[[], Iterator[pl.DataFrame]]
    columns: Mapping[str, ColumnConfig]


def opens(lines: Sequence[str], key: str, table: str = "") -> RowChoice:
    """What choosing a row of a table does whose rows are these lines: its leads show below.

    `table` distinguishes tables that open the same leads.
    """

    def take(place: int | None) -> None:
        known = place is not None and place < len(lines)
        st.session_state[key] = lines[place] if known and place is not None else NOBODY
        st.session_state[f"{key}_page"] = 1

    return RowChoice(f"{key}_{table}table", take)


def choose_line(lines: Sequence[str], key: str) -> str | None:
    """The line whose leads are asked for; the keyboard's way to what a click on a row does."""
    chosen = choose_one(
        "Leads of", [NOBODY, *lines], key=key, width=320, meaning="Or choose a row in the table."
    )
    return None if chosen == NOBODY else chosen


def show_behind(scope: Scope, lines: Mapping[str, Behind], key: str) -> None:
    """A line of the table to choose, and its leads: all of them, or those that reached a stage."""
    with st.container(horizontal=True, gap="medium"):
        line = choose_line(list(lines), key)
        if line is None:
            return
        behind = lines[line]
        if behind.moved is None and not behind.fakes:
            stage = REACHED[choose_one("Of them", REACHED, key=f"{key}_reached", width=220)]
            behind = replace(behind, reached=stage)
    show_leads(scope, behind, line, key)


def show_leads(scope: Scope, behind: Behind, named: str, key: str) -> None:
    """The leads behind a number of lead quality."""
    warehouse = current_warehouse()
    _show(
        Records(
            number_behind(warehouse, scope, behind),
            lambda offset: quality_records(warehouse, scope, behind, offset=offset),
            lambda: record_batches(warehouse, scope, behind),
            LEADS,
        ),
        named,
        file_stem("quality_leads", scope.period),
        key,
    )


def show_bad(scope: Scope, brought_by: str, value: str, total: int, key: str) -> None:
    """The leads with a bad mailbox or phone of one line."""
    warehouse, terms = current_warehouse(), definitions()
    query = bad_records_query(scope, terms, brought_by, value)
    _show(
        Records(
            total,
            lambda offset: bad_contact_records(
                warehouse, scope, terms, brought_by, value, limit=PAGE, offset=offset
            ),
            lambda: (pl.DataFrame(batch) for batch in warehouse.batches(query)),
            _BAD,
        ),
        value,
        file_stem("bad_contact_leads", scope.period),
        key,
    )


def _show(records: Records, named: str, stem: str, key: str) -> None:
    """One page; the engine sorts and cuts it."""
    if not records.total:
        st.info(f"No lead is behind this number of {escape(named)}.", icon=":material/info:")
        return
    said = f"**{formats.counted(records.total, 'lead')}** of {escape(named)}, the latest first."
    st.markdown(said)
    pages, place = ceil(records.total / PAGE), f"{key}_page"
    st.session_state[place] = min(max(int(st.session_state.get(place, 1)), 1), pages)
    page = 1
    if pages > 1:
        page = st.number_input(
            f"Page of {formats.count(pages)}", min_value=1, max_value=pages, key=place, width=160
        )
    shown = records.page(PAGE * (page - 1))
    show_rows(shown, alt=f"Leads of {named}", columns=records.columns)
    offer_streamed(records.parts, stem, rows=records.total, place=key)
