"""The funnel by month: the chart, its table, and on the Funnel page the records of a point."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from metrics.forecast.planned import planned_months
from metrics.funnel.trend import stage_trend
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.segments.segment_records import Behind
from pages.charts.trend import monthly_counts, monthly_rates, with_marks
from pages.controls.captions import show_unfinished_months
from pages.controls.columns import month, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.kept import notebook
from pages.controls.measure import measure
from pages.controls.tables import CellChoice, show_chart, show_table
from pages.review.repeats import Shown
from pages.segmenting.records import choose_records, clicked, reached, toggle_records

_TREND, _RECORDS = "funnel_trend", "funnel_point"


_MONTHLY_COUNTS = {
    "month_on": month("Month"), "days_seen": number("Days seen"),
    "days_in_month": number("Days in month"), "stage": text("Stage"), "reached": number("Reached"),
}  # fmt: skip

_MONTHLY_RATES = _MONTHLY_COUNTS | {
    "entered": number("Entered in the month"), "rate_first": percent("Share of them"),
    "rate_first_low": percent("95% low"), "rate_first_high": percent("95% high"),
    "matured_share": percent("Matured"),
}  # fmt: skip


def show_months(scope: Scope, rows: Shown) -> None:
    """The chart of the basis, hollow where young or unfinished, and the same as a table."""
    trend = rows.of(measure(stage_trend, scope))
    is_cohort = scope.basis is Basis.COHORT
    if is_cohort:
        alt = "Which share of those that entered in each month reached each stage."
        st.caption(f"{alt} Hollow marks: still young. Click a mark to see its records.")
    else:
        alt = "How many reached each stage in each month, whenever they came in."
        st.caption(f"{alt} Click a mark to see its records.")
    figure = with_marks((monthly_rates if is_cohort else monthly_counts)(trend))
    stages = [each.legendgroup for each in figure.data]
    figure.for_each_trace(lambda each: each.update(name=rows.titles[each.legendgroup]))

    def take() -> None:
        if point := clicked(_TREND):
            here = stages[point["curve_number"]], str(point["x"])[:7]
            toggle_records(names[here], key=_RECORDS)

    def take_row(row: int, _: str) -> None:
        month_on, stage = trend.select("month_on", "stage").row(row)
        toggle_records(names[stage, f"{month_on:%Y-%m}"], key=_RECORDS)

    options, names = _options(scope, trend)
    show_chart(figure, key=_TREND, alt=alt, on_click=take)
    choose_records(options, key=_RECORDS)
    show_unfinished_months(trend)
    with st.expander("Show as a table", icon=":material/table:"):
        show_trend(
            trend,
            scope.basis,
            stem=file_stem("stage_trend", scope.period),
            on_cell=CellChoice("funnel_trend_rows", take_row),
        )


def show_moved(trend: pl.DataFrame, scope: Scope) -> None:
    """The chart with the plan's entries where one is locked, and the same as a table."""
    st.caption("How many reached each stage in each month, whenever they came in.")
    alt = "Entries into each stage of the funnel, month by month"
    planned = planned_months(notebook(), scope) if scope.unit is Unit.LEAD else None
    show_chart(monthly_counts(trend, planned), key="overview_trend", alt=alt)
    show_unfinished_months(trend)
    with st.expander("Show as a table", icon=":material/table:"):
        show_trend(trend, scope.basis, stem=file_stem("stage_trend", scope.period))


def show_trend(
    trend: pl.DataFrame, basis: Basis, *, stem: str, on_cell: CellChoice | None = None
) -> None:
    """The months as a table: counts, and on the cohort basis the shares of those that entered."""
    columns = _MONTHLY_RATES if basis is Basis.COHORT else _MONTHLY_COUNTS
    show_table(
        trend.select(list(columns)),
        alt="Stages by month",
        stem=stem,
        columns=columns,
        everything=lambda: trend,
        on_cell=on_cell,
    )


def _options(
    scope: Scope, trend: pl.DataFrame
) -> tuple[dict[str, tuple[Behind, str]], dict[tuple[str, str], str]]:
    """The records of each stage and month by name, the latest first; and each one's name."""
    parts = {each.start.replace(day=1): each for each in scope.period.parts(1)}
    options, names = {}, {}
    for day, value in trend.select("month_on", "stage").reverse().iter_rows():
        stage, when = Stage(value), f"{day:%B %Y}"
        name = f"{stage.label} in {when}"
        inside = replace(scope, period=parts[day])
        said = (
            f"that entered in {when}{_and(scope, stage)}"
            if scope.basis is Basis.COHORT
            else f"that {reached(stage)} in {when}"
        )
        options[name] = Behind(inside, stage), said
        names[value, f"{day:%Y-%m}"] = name
    return options, names


def _and(scope: Scope, stage: Stage) -> str:
    return "" if stage is scope.unit.stages[0] else f" and {reached(stage)}"
