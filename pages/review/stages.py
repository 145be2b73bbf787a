"""The parts of the Funnel page: stages, segments, and the records behind a number."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.definitions import Windows
from metrics.records import stage_records
from metrics.scope import Basis, Dimension, Scope, Stage, Viewer
from pages.charts.heat import MAX_SEGMENTS, MIN_COHORT
from pages.controls.address import choose_one
from pages.controls.columns import day, month, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, filter_values
from pages.controls.tables import note_cut, show_table
from pages.display import formats

KEY = "funnel_stage"

CHART = "funnel_chart"

SHOWN = 1000

DOWNLOADED = 1_000_000

YOUNG = 0.9
"""Below this matured share a rate is announced as one that will still rise."""

TREND_COLUMNS = {
    "month_on": month("Month"), "days_seen": number("Days seen"),
    "days_in_month": number("Days in month"), "stage": text("Stage"), "reached": number("Reached"),
    "entered": number("New in the month"), "rate_first": percent("% of first"),
    "rate_first_low": percent("95 % low"), "rate_first_high": percent("95 % high"),
    "matured_share": percent("Matured"),
}  # fmt: skip

RECORD_COLUMNS = {
    "lead_id": text("Lead", pinned=True), "account": text("Account"), "channel": text("Channel"),
    "campaign": text("Campaign"), "owner": text("Owner"), "region": text("Region"),
    "lead_on": day("Lead on"), "mql_on": day("MQL on"), "sql_on": day("SQL on"),
    "opportunity_on": day("Opportunity on"), "won_on": day("Won on"),
    "exit_stage": text("Left as"), "exit_reason": text("Reason"),
}  # fmt: skip

_MEANING = {
    Basis.COHORT: "Reached: of those that entered the funnel in the period. Converted: of all that "
    "reached the stage before in the period, whenever they entered the funnel.",
    Basis.FLOW: "Reached: entries into the stage in the period. Rates divide the entries of two "
    "stages and may exceed 100\u00a0%.",
}

_BY_LABEL = {stage.label: stage for stage in Stage}


def choose_stage() -> Stage | None:
    """The stage whose records are asked for."""
    label = st.pills(
        "Records of a stage",
        list(_BY_LABEL),
        key=KEY,
        bind="query-params",
        persist_state="session",
        help="Or click a bar of the chart.",
    )
    return _BY_LABEL.get(label) if label else None


def toggle_stage() -> None:
    """Take a click on the chart into the pills; a click on the chosen stage takes it back."""
    points = st.session_state[CHART]["selection"]["points"]
    if points:
        label = Stage(points[0]["customdata"]).label
        chosen = st.session_state.get(KEY)
        st.session_state[KEY] = None if chosen == label else label


def show_conversion(conversion: pl.DataFrame, before: pl.DataFrame | None, scope: Scope) -> None:
    """One line per stage: count, both rates, interval, maturity, and what is compared."""
    compared = (
        {row["stage"]: row for row in before.iter_rows(named=True)} if before is not None else {}
    )
    lines = [
        _line(row, compared.get(row["stage"]), scope) for row in conversion.iter_rows(named=True)
    ]
    st.table(
        pl.DataFrame(lines).to_dict(as_series=False),
        border="horizontal",
        hide_index=True,
        width="content",
        alt="Conversion from stage to stage",
    )
    st.caption(_MEANING[scope.basis])
    if young := _young(conversion, scope):
        st.info(young, icon=":material/schedule:")


def show_records(scope: Scope, stage: Stage) -> None:
    """The latest leads that are counted in the stage."""
    found = stage_records(current_warehouse(), scope, stage, SHOWN)
    if found.is_empty():
        st.info(f"No lead reached {stage.label} in this scope.", icon=":material/info:")
        return
    if len(found) == SHOWN:
        note_cut(SHOWN, first="latest")
    show_table(
        found,
        alt=f"Leads that reached {stage.label}",
        stem=file_stem(f"records_{stage}", scope.period),
        columns=RECORD_COLUMNS,
        everything=lambda: stage_records(current_warehouse(), scope, stage, DOWNLOADED),
    )


def choose_dimension(viewer: Viewer) -> Dimension | None:
    """The dimension to slice by, of those with several values for the viewer; None without one."""
    by_label = {each.label.capitalize(): each for each in filter_values(viewer)}
    if not by_label:
        st.caption("The loaded data has no segments to compare.")
        return None
    label = choose_one("Slice by", by_label, key="funnel_by", width=260)
    st.caption(
        f"The largest {MAX_SEGMENTS} segments. A stronger shade means a higher rate; cohorts "
        f"under {MIN_COHORT} are not shaded, because chance rules there. The last column, from "
        f"{Stage.LEAD.label} to {Stage.WON.label}, has shades of its own."
    )
    return by_label[label]


def _line(row: dict[str, Any], before: dict[str, Any] | None, scope: Scope) -> dict[str, str]:
    line = {
        "Stage": Stage(row["stage"]).label,
        "Reached": formats.count(row["reached"]),
        "% of previous": formats.share(row["rate_previous"]),
        "Converted": _of(row["previous_converted"], row["previous_reached"]),
    }
    if scope.basis is Basis.COHORT:
        line["95 % interval"] = _interval(row["rate_previous_low"], row["rate_previous_high"])
    line["% of first"] = formats.share(row["rate_first"])
    if scope.basis is Basis.COHORT:
        line["Matured"] = _maturity(row, scope)
    if before is not None:
        line["Before"] = formats.count(before["reached"])
        line["% of previous before"] = formats.share(before["rate_previous"])
        line["Change"] = _change(row["rate_previous"], before["rate_previous"])
    return line


def _of(part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return formats.NOTHING
    return _unbroken(f"{formats.count(part)} of {formats.count(whole)}")


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return formats.NOTHING
    return _unbroken(f"{formats.share(low)} to {formats.share(high)}")


def _unbroken(text: str) -> str:
    """Kept on one line, so that a narrow window scrolls the table instead of stacking words."""
    return text.replace(" ", "\u00a0")


def _change(now: float | None, before: float | None) -> str:
    return formats.NOTHING if now is None or before is None else formats.points(now - before)


def _maturity(row: dict[str, Any], scope: Scope) -> str:
    share = row["matured_share"]
    if share is None:
        return formats.NOTHING
    if share == 1:
        return "yes, final"
    days = _days(scope.windows, row["stage"], scope.window_days)
    return _unbroken(f"{formats.share(share)} had {days} days")


def _young(conversion: pl.DataFrame, scope: Scope) -> str | None:
    """A sentence on the steps whose cohort is still young."""
    rows = conversion.filter(pl.col("matured_share") < YOUNG).rows(named=True)
    if not rows:
        return None
    steps = ", ".join(
        f"{Stage(row['stage']).label} ({formats.share(row['matured_share'])} had the "
        f"{_days(scope.windows, row['stage'], scope.window_days)} days it usually takes)"
        for row in rows
    )
    return f"Part of this cohort is still young, so these rates will rise: {steps}."


def _days(windows: Windows, stage: str, window_days: int | None) -> int:
    days: int = getattr(windows, stage)
    return window_days or days
