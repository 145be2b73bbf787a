"""The parts of the Funnel page about reasons: what changed a rate, what goes with converting."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from metrics.chance import Verdict
from metrics.funnel.ages import Way
from metrics.funnel.change import explained_change, periods, rate_difference
from metrics.funnel.drivers import step_drivers
from metrics.scope import Dimension, Scope
from metrics.segments.segment_records import entered, within
from metrics.wording import formats
from pages.controls.columns import number, percent, score, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import filter_values, measure
from pages.controls.tables import CellChoice, show_table
from pages.display.text import escape
from pages.segmenting.records import choose_records, reached, toggle_records

_CHANGED, _DROVE = "changed_of", "drivers_of"

_CHANGE_COLUMNS = {
    "dimension": text("Dimension"), "value": text("Value"),
    "rate_part": percent("Change by its rate"), "mix_part": percent("Change by its weight"),
    "rate_chance": text("Rate: more than chance?"), "mix_chance": text("Weight: more than chance?"),
    "rate_before": percent("Rate before"), "rate": percent("Rate"),
    "reached_before": number("Came in before"), "reached": number("Came in"),
    "explains": tick("Explains", meaning="One of the few values that explain the change."),
}  # fmt: skip

_DRIVER_COLUMNS = {
    "dimension": text("Dimension"), "value": text("Value"),
    "odds_ratio": score("Odds ×"), "odds_ratio_low": score("95% low"),
    "odds_ratio_high": score("95% high"), "chance": text("More than chance?"),
    "rate": percent("Rate"), "others_rate": percent("All others"),
    "reached": number("Came in"), "converted": number("Converted"),
}  # fmt: skip


def show_change(scope: Scope, way: Way) -> None:
    """By how much a rate changed, and which values explain it."""
    whole = measure(rate_difference, scope, way).row(0, named=True)
    before, _ = periods(scope)
    st.markdown(f"{_difference(whole, way)} Before is {before.period.describe()}, seen as long.")
    if whole["difference"] is None:
        return
    found = measure(explained_change, scope, way, _dimensions(scope))
    if found.is_empty():
        st.info("The loaded data has no segments to explain it by.", icon=":material/info:")
        return
    if whole["chance"] != Verdict.MORE_THAN_CHANCE:
        st.caption(
            "The change as a whole need not mean anything. Parts can be more than chance "
            "nevertheless, and cancel out."
        )
    stem = file_stem("explained_change", scope.period)
    show_table(
        _named(found).select(list(_CHANGE_COLUMNS)),
        alt="What explains the change",
        stem=stem,
        columns=_CHANGE_COLUMNS,
        everything=lambda: found,
        on_cell=_opening(found, _CHANGED),
    )
    _choose_value(scope, way, found, key=_CHANGED)
    st.caption(
        "Each dimension by itself explains the whole change: by the rates of its values, and by "
        "their weights. The dimension of which few values explain most, the most surprising ones, "
        "comes first. Two dimensions may tell one story twice."
    )


def show_drivers(scope: Scope, way: Way) -> None:
    """Which values go with converting, among records of the same age."""
    found = measure(step_drivers, scope, way, _dimensions(scope))
    if found.is_empty():
        st.info(
            "No segments with others beside them reached this step: nothing is compared.",
            icon=":material/info:",
        )
        return
    sure = found.filter(chance=Verdict.MORE_THAN_CHANCE.value)
    silent = found.filter(pl.col("odds_ratio").is_null())
    st.markdown(
        f"{formats.counted(len(sure), 'value')} of {formats.count(len(found))} convert otherwise "
        "than all others of the same month of entry, more than by chance. Of "
        f"{formats.count(len(silent))} nothing is said: fewer than five events would be expected, "
        "or all are of one account."
    )
    stem = file_stem("step_drivers", scope.period)
    show_table(
        _named(found).select(list(_DRIVER_COLUMNS)),
        alt="Drivers of the step",
        stem=stem,
        columns=_DRIVER_COLUMNS,
        everything=lambda: found,
        on_cell=_opening(found, _DROVE),
    )
    _choose_value(scope, way, found, key=_DROVE)
    st.caption(
        "Odds × 2 means twice the odds of converting. A driver goes with converting; whether it "
        "makes leads convert, only an experiment tells. Tested together, 5% of those named are "
        "false on average."
    )


def _opening(found: pl.DataFrame, key: str) -> CellChoice:
    """A click on a row opens the records of its value."""
    names = _values(found)
    return CellChoice(f"{key}_rows", lambda row, _: toggle_records(list(names)[row], key=key))


def _choose_value(scope: Scope, way: Way, found: pl.DataFrame, *, key: str) -> None:
    """Whoever reached the first stage of the step in the period, of one value."""
    choose_records(
        {
            name: (
                entered(within(scope, {dimension: value}), way[0]),
                f"of {escape(value)} that {reached(way[0])} in the period",
            )
            for name, (dimension, value) in _values(found).items()
        },
        key=key,
    )


def _values(found: pl.DataFrame) -> dict[str, tuple[Dimension, str]]:
    """The rows by their names, in order."""
    return {
        f"{value} · {Dimension(dimension).label}": (Dimension(dimension), value)
        for dimension, value in found.select("dimension", "value").iter_rows()
    }


def _difference(whole: dict[str, Any], way: Way) -> str:
    step = f"from {way[0].label} to {way[1].label}"
    if whole["difference"] is None:
        return (
            f"Nobody reached {way[0].label} in one of the two periods: no change {step} is known."
        )
    sentence = (
        f"The rate {step} is **{formats.share(whole['rate'])}** "
        f"({formats.count(whole['converted'])} of {formats.count(whole['reached'])}), was "
        f"{formats.share(whole['rate_before'])} ({formats.count(whole['converted_before'])} of "
        f"{formats.count(whole['reached_before'])}): {formats.points(whole['difference'])}"
    )
    if whole["difference_low"] is not None:
        low, high = (formats.points(whole[f"difference_{each}"]) for each in ("low", "high"))
        sentence += f", between {low} and {high}"
    return f"{sentence}; {whole['chance']}."


def _named(found: pl.DataFrame) -> pl.DataFrame:
    """With the dimensions in words."""
    labels = {each.value: each.label.capitalize() for each in Dimension}
    return found.with_columns(pl.col("dimension").replace(labels))


def _dimensions(scope: Scope) -> tuple[Dimension, ...]:
    """Those of which the viewer may see several values."""
    return tuple(filter_values(scope.viewer))
