"""The leads and deals behind a number of a plan, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.deal_records import deal_records
from metrics.records import stage_records
from metrics.scope import Scope, Stage
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse
from pages.controls.tables import note_cut, show_table

SHOWN = 1000
DOWNLOADED = 1_000_000

LEAD_COLUMNS = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "lead_on": day("Lead on"),
    "mql_on": day("MQL on"), "sql_on": day("SQL on"), "opportunity_on": day("Opportunity on"),
    "won_on": day("Won on"), "exit_stage": text("Left as"), "exit_reason": text("Reason"),
}  # fmt: skip

DEAL_COLUMNS = {
    "opportunity_id": text("Deal", pinned=True), "account": text("Account"),
    "channel": text("Channel"), "owner": text("Owner"), "opened_on": day("Opened on"),
    "closed_on": day("Closed on"), "amount": number("Amount"),
}  # fmt: skip


def show_leads(scope: Scope, stage: Stage, place: str = "") -> None:
    """The latest leads that are counted in the stage; `place` where a page shows them twice."""
    warehouse = current_warehouse()
    _table(
        stage_records(warehouse, scope, stage, SHOWN),
        f"Leads that reached {stage.label}",
        file_stem(f"leads_{stage}", scope.period),
        LEAD_COLUMNS,
        lambda: stage_records(warehouse, scope, stage, DOWNLOADED),
        place,
    )


def show_deals(scope: Scope, stage: Stage, place: str = "") -> None:
    """The latest deals that are counted in the stage; the scope's unit is the deal."""
    warehouse = current_warehouse()
    verb = "won" if stage is Stage.WON else "opened"
    _table(
        deal_records(warehouse, scope, stage, SHOWN),
        f"Deals {verb} in these days",
        file_stem(f"{verb}_deals", scope.period),
        DEAL_COLUMNS,
        lambda: deal_records(warehouse, scope, stage, DOWNLOADED),
        place,
    )


def _table(
    found: pl.DataFrame,
    alt: str,
    stem: str,
    columns: Mapping[str, ColumnConfig],
    everything: Callable[[], pl.DataFrame],
    place: str,
) -> None:
    if found.is_empty():
        st.info("There is none.", icon=":material/info:")
        return
    if len(found) == SHOWN:
        note_cut(SHOWN, first="latest")
    show_table(found, alt=alt, stem=stem, columns=columns, everything=everything, place=place)
