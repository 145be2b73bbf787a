"""What is behind a part of the gap: its cohorts and segments, its leads and its deals."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from metrics.period import Period
from metrics.plan.attainment.kept_plan import KeptPlan
from metrics.plan.variance.gap import ACTUAL, PLANNED, RESERVE
from metrics.plan.variance.words import PART_LABELS
from metrics.scope import Basis, Scope, Stage, Unit
from pages.charts.planning.waterfall import waterfall
from pages.controls.columns import month, number, text
from pages.controls.downloads import file_stem
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape
from pages.plan.records import show_deals, show_leads
from pages.plan.versus import (
    GAP_COLUMNS,
    labelled,
    meaning,
    rounded,
    show_gap_notes,
)

CHART = "versus_waterfall"
KEY = "versus_part"

LEAF_COLUMNS = {
    "month_on": month("Entered in"), "segment": text("Segment"),
    "planned": number("Planned"), "actual": number("Actual"), "amount": number("Adds to the gap"),
}  # fmt: skip


def choose_part(gap: pl.DataFrame) -> str | None:
    """The part whose cohorts and records are asked for."""
    parts = [part for part in gap["part"] if part not in (PLANNED, RESERVE, ACTUAL)]
    labels = {PART_LABELS[part]: part for part in parts}
    label = st.pills(
        "Behind a part",
        list(labels),
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar in the chart.",
    )
    return labels.get(label) if label else None


def toggle_part() -> None:
    """Take a click on the chart into the pills; a click on the chosen part takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if not points:
        return
    part = points[0]["customdata"]
    if part in (PLANNED, RESERVE, ACTUAL):
        return
    label = PART_LABELS[part]
    st.session_state[KEY] = None if st.session_state.get(KEY) == label else label


def show_why(gap: pl.DataFrame, days: Period, confidence: float, currency: str) -> None:
    """The gap as a waterfall, with what a reader asks first, and as a table."""
    alt = "The gap between planned and actual revenue, part by part"
    show_chart(waterfall(labelled(gap), currency), key=CHART, alt=alt, on_click=toggle_part)
    show_gap_notes(gap, confidence)
    with st.expander("Show as a table", icon=":material/table:"):
        rows = rounded(labelled(gap)).select(list(GAP_COLUMNS))
        stem = file_stem("revenue_gap", days)
        alt = "Parts of the gap"
        show_table(rows, alt=alt, stem=stem, columns=GAP_COLUMNS, everything=lambda: gap)


def show_behind(
    part: str, leaves: pl.DataFrame, scope: Scope, plan: KeptPlan, days: Period
) -> None:
    """The cohorts and segments of a part, and the leads or deals that it is counted from."""
    st.markdown(f"**{PART_LABELS[part]}**: {escape(meaning(part))}.")
    of_part = leaves.filter(pl.col("part") == part).drop("part")
    if not of_part.is_empty():
        show_table(
            of_part.sort(pl.col("amount").abs(), descending=True).with_columns(
                pl.col("planned", "actual").round(4), pl.col("amount").round(0)
            ),
            alt=f"{PART_LABELS[part]} by month of entry and segment",
            stem=file_stem(f"gap_{part}", days),
            columns=LEAF_COLUMNS,
        )
    _show_records(part, scope, plan, days)


def _show_records(part: str, scope: Scope, plan: KeptPlan, days: Period) -> None:
    if part in ("opening", "size", "currency", "restatement"):
        st.caption("The deals won in these days, the latest first.")
        show_deals(replace(scope, period=days, basis=Basis.FLOW, unit=Unit.DEAL), Stage.WON)
        return
    stage = _stage(part, plan)
    entered = Period(min(plan.entries_from, days.end), days.end)
    st.caption(
        escape(
            f"Leads that entered {entered.describe()} and reached {stage.label}, the latest first."
        )
    )
    show_leads(replace(scope, period=entered, basis=Basis.COHORT, unit=Unit.LEAD), stage)


def _stage(part: str, plan: KeptPlan) -> Stage:
    """Entries for volume and mix, the stage of a rate, and for timing those that may still win."""
    if part.startswith("rate_"):
        return Stage(part.removeprefix("rate_"))
    return Stage.OPPORTUNITY if part == "timing" else plan.entry
