"""The score: whether higher ones convert better, and whether one fitted anew would do so more."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.period import in_words
from metrics.quality.calibration import score_calibration
from metrics.quality.records import Behind
from metrics.quality.refit import Advice, score_refit, score_weights
from metrics.scope import Scope
from metrics.wording import formats
from pages.charts.quality.rates import rate_dots
from pages.controls.columns import number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table
from pages.explore.levels.adoption import show_adoption, show_taking_back
from pages.explore.levels.groups import chosen_stage
from pages.explore.levels.records import opens, show_behind

_TENTH = "quality_tenth_leads"


def show_score(scope: Scope) -> None:
    """Tenths of the score, what they promise and what came; and the refit, when it is asked for."""
    show_taking_back()
    found = measure(score_calibration, scope)
    if found.is_empty():
        st.info(
            "No lead in this selection has a score: load it with the leads, or state a scoring "
            "model under quality.scoring in the definitions."
        )
    else:
        _show_tenths(scope, found)
    if st.toggle("Fit the score anew", key="quality_refit", bind="query-params"):
        _show_refit(scope)


def _show_tenths(scope: Scope, found: pl.DataFrame) -> None:
    stage = chosen_stage("quality_score_stage")
    shown = found.filter(pl.col("stage") == stage).with_columns(
        named=pl.format("Tenth {}", pl.col("tenth"))
    )
    show_chart(
        rate_dots(shown, "named", title="Converted", expected="expected"),
        key="quality_tenths",
        alt=f"Share that reaches {stage} by tenth of the score, seen and promised",
    )
    columns = {
        "tenth": number("Tenth", pinned=True), "score_low": score("Score from"),
        "score_high": score("Score to"), "leads": number("Leads"),
        "converted": number("Converted"), "rate": percent("Rate"), "expected": percent("Promised"),
        "lift": score("Lift"), "standing": text("Against the next"),
    }  # fmt: skip
    show_table(
        shown.select(list(columns)),
        alt="Tenths of the score and what became of their leads",
        stem=file_stem("score_calibration", scope.period),
        columns=columns,
        everything=lambda: found,
        on_row=opens(shown["named"].to_list(), _TENTH),
    )
    tenths = zip(shown["named"], shown["tenth"], strict=True)
    show_behind(scope, {name: Behind("score_tenth", str(tenth)) for name, tenth in tenths}, _TENTH)


def _show_refit(scope: Scope) -> None:
    found = measure(score_refit, scope)
    row = found.row(1, named=True)
    if row["advice"] == Advice.TOO_FEW:
        st.info("Too few leads have been followed long enough to fit a score and to judge it.")
        return
    slope = "unknown" if row["slope"] is None else f"{row['slope']:.2f}"
    bounds = (
        "" if row["slope_low"] is None else f" ({row['slope_low']:.2f} to {row['slope_high']:.2f})"
    )
    st.markdown(
        f"**{row['advice'].capitalize()}.** On {formats.counted(row['leads_after'], 'lead')} that "
        f"came in after {in_words(row['split_on'])}, the refitted score misses by "
        f"{row['reduction']:+.4f} less in mean squares ({row['reduction_low']:+.4f} to "
        f"{row['reduction_high']:+.4f}), with a calibration slope of {slope}{bounds}."
    )
    weights = measure(score_weights, scope)
    columns = {
        "kind": text("Kind"), "feature": text("Feature", pinned=True), "value": text("Value"),
        "at_least": number("At least"), "leads": number("Leads"), "points": score("Points"),
        "points_low": score("From"), "points_high": score("To"),
    }  # fmt: skip
    show_table(
        weights.select(list(columns)),
        alt="Weights of the refitted score",
        stem=file_stem("score_weights"),
        columns=columns,
    )
    if row["advice"] == Advice.ADOPT:
        show_adoption(scope, weights)
