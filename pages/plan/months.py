"""Plan and actual month by month, and what is behind one of the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from data.engine.warehouse import Warehouse
from data.notebook.plans import Plan
from data.notebook.shelf import Kept
from metrics.plan.attainment.cell import Cell, cell_campaigns, cell_scope
from metrics.plan.attainment.kept_plan import SPEND, KeptPlan
from metrics.plan.backward.table import REVENUE
from metrics.plan.past.entry_steps import OTHERS
from metrics.scope import Scope, Stage, Unit
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse
from pages.controls.tables import RowChoice, show_table
from pages.display.text import escape
from pages.plan.records import show_deals, show_leads
from pages.plan.versus import METRIC_LABELS, TABLE_COLUMNS, find_version, of_plan, rounded

KEY = "versus_cell"

NO_NUMBER = "Choose a number"

PLACE = "cell_"
"""The tables below stand elsewhere on the page too, with the same files."""

CAMPAIGN_COLUMNS = {
    "value": number("Came"),
    "share": percent("Share"),
    "campaign": text("Campaign"),
}
"""Names of campaigns are long: in a narrow window numbers after them would be out of sight."""


def show_months(table: pl.DataFrame, scope: Scope, kept: Kept[Plan], plan: KeptPlan) -> None:
    """Every month, segment and metric; a row opens its campaigns, deals and leads."""
    cells = {
        _name(cell): cell
        for cell in (
            Cell(*row) for row in table.select("month_on", "segment", "metric").iter_rows()
        )
    }
    show_table(
        rounded(table),
        alt="Plan and actual",
        stem="plan_versus_actual",
        columns=TABLE_COLUMNS,
        everything=lambda: table,
        on_row=RowChoice("versus_rows", partial(_take, cells, scope.observed_until)),
    )
    begun = [name for name, cell in cells.items() if cell.month_on <= scope.observed_until]
    name = choose_one(
        "What is behind a number?",
        [NO_NUMBER, *reversed(begun)],
        key=KEY,
        width=360,
        meaning="Its campaigns, deals and leads. Or choose a row in the table.",
    )
    if name != NO_NUMBER:
        _show_behind(cells[name], name, scope, kept, plan)


def _name(cell: Cell) -> str:
    return f"{cell.month_on:%B %Y}, {cell.segment}, {METRIC_LABELS[cell.metric]}"


def _take(cells: dict[str, Cell], seen: date, row: int | None) -> None:
    name = None if row is None else list(cells)[row]
    is_begun = name is not None and cells[name].month_on <= seen
    st.session_state[KEY] = name if is_begun else NO_NUMBER


def campaigns(
    warehouse: Warehouse, scope: Scope, entry: str, number: int, cell: Cell
) -> pl.DataFrame:
    """`cell_campaigns` of a version of a kept plan."""
    return cell_campaigns(warehouse, scope, find_version(warehouse, scope, entry, number), cell)


def _show_behind(cell: Cell, name: str, scope: Scope, kept: Kept[Plan], plan: KeptPlan) -> None:
    asked = cell_scope(current_warehouse(), scope, plan, cell)
    found = of_plan(campaigns, scope, kept, cell)
    if asked is None or found.is_empty():
        st.info(escape(f"{name}: nothing has come."), icon=":material/info:")
        return
    st.caption(escape(f"{name}: what came {asked.period.describe()}."))
    shown = found.select(
        "value", "share", pl.col("campaign").replace(OTHERS, "other campaigns")
    ).with_columns(pl.col("value").round(1))
    stem = file_stem(f"campaigns_{cell.metric}", asked.period)
    alt = f"Campaigns of {name}"
    show_table(shown, alt=alt, stem=stem, columns=CAMPAIGN_COLUMNS, everything=lambda: found)
    if cell.metric == SPEND:
        return
    stage = Stage.WON if cell.metric == REVENUE else Stage(cell.metric)
    if stage in Unit.DEAL.stages:
        st.markdown("**Deals**, the latest first")
        show_deals(replace(asked, unit=Unit.DEAL), stage, PLACE)
    st.markdown("**Leads**, the latest first")
    show_leads(asked, stage, PLACE)
