"""The parts of the Funnel page about age: cohorts, and how many convert how soon."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import polars as pl
import streamlit as st

from metrics.funnel.ages import Way, steps
from metrics.funnel.cohorts import cohort_projection, cohort_table
from metrics.funnel.comparison import segment_incidence
from metrics.funnel.incidence import incidence_curve, incidence_curve_by, step_incidence
from metrics.funnel.stability import CALENDAR, cohort_stability
from metrics.scope import Dimension, Scope, Stage, Unit
from metrics.segments.segment_records import Behind, entered, within
from metrics.wording import formats
from pages.charts.cohorts import MIN_COHORT, cohort_triangle, projected_rates
from pages.charts.incidence import MOST_LINES, incidence_curves
from pages.charts.layout import with_clicks
from pages.controls.address import choose_one
from pages.controls.columns import month, number, percent, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import filter_values, measure
from pages.controls.tables import CellChoice, show_chart, show_table
from pages.display.text import escape
from pages.segmenting.records import choose_records, clicked, reached, toggle_records

_EVERYONE = "Everyone"

_MONTH, _SEGMENT, _STEP = "funnel_month_came", "funnel_speed_of", "funnel_every_step"

_PROJECTION_COLUMNS = {
    "month_on": month("Month"), "entered": number("Came in"), "converted": number("Converted"),
    "rate": percent("Observed so far"), "open": number("Still open"),
    "projected_rate": percent("Projected in the end"), "projected_low": percent("80% low"),
    "projected_high": percent("80% high"), "horizon_days": number("Within days"),
}  # fmt: skip

_STEP_COLUMNS = {
    "from_stage": text("From", pinned=True), "to_stage": text("To", pinned=True),
    "records": number("Came in"), "final": percent("In the end"),
    "final_low_80": percent("80% low"), "final_high_80": percent("80% high"),
    "rate_30": percent("30 days"), "rate_60": percent("60 days"), "rate_90": percent("90 days"),
    "days_half": number("Days, half of converters"), "days_most": number("Days, 90% of them"),
    "converted": number("Converted"), "exited": number("Left"),
    "undated": number("Converted, day unknown"),
    "horizon_days": number("Followed for days"),
    "final_low_95": percent("95% low"), "final_high_95": percent("95% high"),
}  # fmt: skip

_SEGMENT_COLUMNS = {
    "segment": text("Segment", pinned=True), "rate": percent("Converted"),
    "others_rate": percent("All others"), "difference": percent("Difference"),
    "difference_low": percent("95% low"), "difference_high": percent("95% high"),
    "chance": text("More than chance?"), "shrunk_rate": percent("Expected of it"),
    "records": number("Came in"), "horizon_days": number("Followed for days"),
}  # fmt: skip


def choose_way(unit: Unit) -> Way:
    """The step that is asked about; the whole way comes first."""
    asked = steps(unit)
    by_label = {_label(way): way for way in (asked[-1], *asked[:-1])}
    return by_label[choose_one("Step", by_label, key="funnel_step", width=260)]


def show_cohorts(scope: Scope, way: Way) -> None:
    """The triangle, the projections beside what was observed, and whether cohorts are alike."""
    cells = measure(cohort_table, scope, way)
    if cells.is_empty():
        _say_nobody(way)
        return
    st.caption(
        f"Of those that reached {way[0].label} in each month, the share that reached "
        f"{way[1].label} within so many months of 30 days. A cell with ≥ is not mature: not all "
        f"have had so long, so it can only rise. Only mature cells of {MIN_COHORT} and more are "
        "shaded. The downloads hold every month."
    )
    alt = f"Share that went from {way[0].label} to {way[1].label}, by month and months since"
    months = cells["month_on"].unique().sort().to_list()

    def take(month: date) -> None:
        toggle_records(_of_month(way, month), key=_MONTH)

    def take_cell() -> None:
        if point := clicked("funnel_cohorts"):
            take(next(each for each in months if f"{each:%b %y}" == point["customdata"][0]))

    figure = with_clicks(cohort_triangle(cells))
    show_chart(figure, key="funnel_cohorts", alt=alt, on_click=take_cell)
    choose_records(_months(scope, way, months), key=_MONTH)
    offer_downloads(lambda: cells, file_stem("cohort_table", scope.period))
    _warn_of_change(measure(cohort_stability, scope, way))
    cohorts = measure(cohort_projection, scope, way)
    if cohorts["projected_rate"].null_count() == len(cohorts):
        st.info(
            f"Fewer than five went from {way[0].label} to {way[1].label} so far: too few to "
            "project what will become of those still open.",
            icon=":material/info:",
        )
    else:
        show_chart(
            projected_rates(cohorts),
            key="funnel_projected",
            alt="Observed rate of each month, and the rate projected in the end with its range",
            on_click=lambda: _take_point("funnel_projected", take),
        )
        st.caption(
            "Hollow marks may well rise: many are still open. The projection lets them fare as "
            "older ones did; its range holds in 80% of cases if the future is like the past."
        )
    stem = file_stem("cohort_projection", scope.period)
    show_table(
        cohorts,
        alt="Cohorts",
        stem=stem,
        columns=_PROJECTION_COLUMNS,
        on_cell=CellChoice("funnel_cohort_rows", lambda row, _: take(cohorts["month_on"][row])),
    )
    st.caption("Click a cell, a point or a row to see the records of its month, above.")


def _months(scope: Scope, way: Way, months: list[date]) -> dict[str, tuple[Behind, str]]:
    """Whoever reached the first stage of the way in each month: their days say who went on."""
    parts = {each.start.replace(day=1): each for each in scope.period.parts(1)}
    return {
        _of_month(way, month): (
            entered(scope, way[0], parts[month]),
            f"that {reached(way[0])} in {month:%B %Y}",
        )
        for month in months[::-1]
    }


def _of_month(way: Way, month: date) -> str:
    return f"{way[0].label} in {month:%B %Y}"


def _take_point(key: str, take: Callable[[date], None]) -> None:
    if point := clicked(key):
        take(date.fromisoformat(str(point["x"])[:10]))


def show_speed(scope: Scope, way: Way) -> None:
    """All steps in a table, the curve of the chosen one, and its segments at one age."""
    found = measure(step_incidence, scope)
    if not (found["records"].sum() or found["undated"].sum()):
        _say_nobody(way)
        return
    st.caption(
        "Those still open count by what others of their age did next, so that a young cohort is "
        "not taken for a bad one. A recycled lead may still convert."
    )
    labels = {stage.value: stage.label for stage in Stage}
    ways = [
        (Stage(first), Stage(last))
        for first, last in found.select("from_stage", "to_stage").iter_rows()
    ]
    every_step = {
        f"{_label(each)}, all": (entered(scope, each[0]), _came_in(each)) for each in ways
    }
    shown = found.with_columns(pl.col("from_stage", "to_stage").replace(labels))
    show_table(
        shown.select(list(_STEP_COLUMNS)),
        alt="How many and how soon, by step",
        stem=file_stem("step_incidence", scope.period),
        columns=_STEP_COLUMNS,
        everything=lambda: found,
        on_cell=CellChoice(
            "funnel_step_rows", lambda row, _: toggle_records(list(every_step)[row], key=_STEP)
        ),
    )
    choose_records(every_step, key=_STEP)
    by = _choose_segments(scope)
    alt = f"Share that went from {way[0].label} to {way[1].label}, by days since"
    st.subheader(_label(way), anchor=False)
    if by is None:
        curves = measure(incidence_curve, scope, way)
        if curves.is_empty():
            _say_nobody(way)
            return
        show_chart(
            incidence_curves(curves),
            key="funnel_curve",
            alt=alt,
            on_click=lambda: _take_line("funnel_curve", [_EVERYONE]),
        )
        choose_records({_EVERYONE: (entered(scope, way[0]), _came_in(way))}, key=_SEGMENT)
        return
    curves = measure(incidence_curve_by, scope, by, way)
    if curves.is_empty():
        _say_nobody(way)
        return
    largest = curves[by.value].unique(maintain_order=True).to_list()[:MOST_LINES]
    show_chart(
        incidence_curves(curves, by.value),
        key="funnel_curve_by",
        alt=f"{alt}, by {by.label}",
        on_click=lambda: _take_line("funnel_curve_by", largest),
    )
    st.caption(
        f"The largest {MOST_LINES} segments; each line ends where too few can be followed. Click a "
        "line to see its records below."
    )
    _show_comparison(measure(segment_incidence, scope, way, by), by, scope, way)


def _take_line(key: str, names: list[str]) -> None:
    if point := clicked(key):
        toggle_records(names[point["curve_number"]], key=_SEGMENT)


def _came_in(way: Way) -> str:
    return f"that {reached(way[0])} in the period"


def _show_comparison(compared: pl.DataFrame, by: Dimension, scope: Scope, way: Way) -> None:
    told = compared.drop_nulls("rate")
    if told.is_empty():
        st.info(
            "No two segments have enough records that can be followed for 30 days: nothing is "
            "compared.",
            icon=":material/info:",
        )
    else:
        sure = told.filter(chance="more than chance")
        names = ", ".join(f"{name}" for name in sure["segment"].to_list()[:5])
        age = formats.count(told["age_days"][0])
        st.text(
            f"Compared at {age} days since entry, to which all can be followed. "
            + (
                f"More than chance: {names}{' and others' if len(sure) > 5 else ''}."
                if names
                else "No segment differs from the others more than by chance."
            )
        )
    stem = file_stem(f"segment_incidence_{by}", scope.period)
    segments = compared["segment"].to_list()
    show_table(
        compared.select(list(_SEGMENT_COLUMNS)),
        alt=f"Segments by {by.label}",
        stem=stem,
        columns=_SEGMENT_COLUMNS,
        everything=lambda: compared,
        on_cell=CellChoice(
            "funnel_speed_rows",
            lambda row, _: toggle_records(segments[row], key=_SEGMENT),
        ),
    )
    choose_records(
        {
            name: (
                entered(within(scope, {by: name}), way[0]),
                f"of {escape(name)} that {reached(way[0])} in the period",
            )
            for name in segments
        },
        key=_SEGMENT,
    )
    st.caption(
        "Ordered by what is expected of each segment, for the best of many small ones is mostly "
        "lucky. Records of one account count as the fewer that they are worth."
    )


def _choose_segments(scope: Scope) -> Dimension | None:
    by_label: dict[str, Dimension | None] = {_EVERYONE: None}
    by_label |= {each.label.capitalize(): each for each in filter_values(scope.viewer)}
    return by_label[choose_one("By", by_label, key="funnel_speed_by", width=260)]


def _warn_of_change(tests: pl.DataFrame) -> None:
    """A notice in words where cohorts do not develop alike."""
    failed = tests.filter(~pl.col("holds"))["test"].to_list()
    if not failed:
        return
    what = (
        "in some calendar months all cohorts converted faster or slower at once, as after a change "
        "of process or of what a stage means"
        if CALENDAR in failed
        else "months that convert fast early do not go on like the others"
    )
    st.warning(
        f"The cohorts do not all develop alike: {what}. Take projections and curves with care, or "
        "look at a shorter period.",
        icon=":material/warning:",
    )


def _say_nobody(way: Way) -> None:
    st.info(
        f"Nobody reached {way[0].label} in this period. Choose another step, period or filter.",
        icon=":material/info:",
    )


def _label(way: Way) -> str:
    return f"{way[0].label} to {way[1].label}"
