"""The part of the Funnel page about months: the trend, its table, and the records of a point."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import streamlit as st

from metrics.funnel.trend import stage_trend
from metrics.scope import Basis, Scope, Stage
from metrics.segments.segment_records import Behind
from pages.charts.trend import monthly_counts, monthly_rates, with_marks
from pages.controls.captions import show_unfinished_months
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_chart
from pages.review.stages import show_trend
from pages.segmenting.records import choose_records, clicked, reached, toggle_records

_TREND, _RECORDS = "funnel_trend", "funnel_point"


def show_months(scope: Scope) -> None:
    """The chart of the basis, hollow where young or unfinished, and the same as a table."""
    trend = measure(stage_trend, scope)
    is_cohort = scope.basis is Basis.COHORT
    if is_cohort:
        alt = "Which share of those that entered in each month reached each stage."
        st.caption(f"{alt} Hollow marks: still young. Click a mark to see its records.")
    else:
        alt = "How many reached each stage in each month, whenever they came in."
        st.caption(f"{alt} Click a mark to see its records.")
    figure = with_marks((monthly_rates if is_cohort else monthly_counts)(trend))
    stages = [each.legendgroup for each in figure.data]

    def take() -> None:
        if point := clicked(_TREND):
            month = str(point["x"])[:7]
            toggle_records(names[stages[point["curve_number"]], month], key=_RECORDS)

    options, names = _options(scope, trend)
    show_chart(figure, key=_TREND, alt=alt, on_click=take)
    choose_records(options, key=_RECORDS)
    show_unfinished_months(trend)
    with st.expander("The same as a table", icon=":material/table:"):
        show_trend(trend, scope.basis, stem=file_stem("stage_trend", scope.period))


def _options(
    scope: Scope, trend: pl.DataFrame
) -> tuple[dict[str, tuple[Behind, str]], dict[tuple[str, str], str]]:
    """The records of each stage and month by name, the latest first; and each one's name."""
    parts = {each.start.replace(day=1): each for each in scope.period.parts(1)}
    options, names = {}, {}
    for month, value in trend.select("month_on", "stage").reverse().iter_rows():
        stage, when = Stage(value), f"{month:%B %Y}"
        name = f"{stage.label} in {when}"
        inside = replace(scope, period=parts[month])
        said = (
            f"that entered in {when}{_and(scope, stage)}"
            if scope.basis is Basis.COHORT
            else f"that {reached(stage)} in {when}"
        )
        options[name] = Behind(inside, stage), said
        names[value, f"{month:%Y-%m}"] = name
    return options, names


def _and(scope: Scope, stage: Stage) -> str:
    return "" if stage is scope.unit.stages[0] else f" and {reached(stage)}"
