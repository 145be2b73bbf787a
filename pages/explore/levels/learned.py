"""What is learned of leads, by whom, and what became of leads of whom more is known."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.quality.completeness import completeness_outcome, qualification_completeness
from metrics.quality.records import Behind
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import bar, number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_table, show_table_or
from pages.explore.levels.groups import chosen_stage
from pages.explore.levels.records import opens, show_behind

_FILLED = "quality_filled_leads"

BY = {"All leads": "all", "Owner": "owner", "Source": "source"}


def show_completeness(scope: Scope) -> None:
    """The share of leads of which each field is filled, and the outcome by how many are."""
    found = measure(qualification_completeness, scope)
    if not found["filled"].sum():
        st.info(
            "No lead in this selection has a budget, authority, need, timeline or competitor: "
            "load them with the leads (generic_lead) or with calls (telemarketing_list)."
        )
        return
    by = BY[choose_one("By", list(BY), key="quality_filled_by", width=180)]
    columns = {
        "value": text("Of", pinned=True), "field": text("Field"), "leads": number("Leads"),
        "filled": number("Filled"), "share": bar("Share"),
    }  # fmt: skip
    show_table_or(
        "No lead came in.",
        found.filter(pl.col("by") == by).select(list(columns)),
        alt="Share of leads of which each field is filled",
        stem=file_stem("qualification_completeness", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    outcome = measure(completeness_outcome, scope)
    stage = chosen_stage("quality_filled_stage")
    rates = {
        "filled": number("Fields filled", pinned=True), "leads": number("Leads"),
        "converted": number("Converted"), "rate": percent("Rate"), "rate_low": percent("From"),
        "rate_high": percent("To"), "lift": score("Lift"),
    }  # fmt: skip
    shown = outcome.filter(pl.col("stage") == stage)
    lines = {
        f"{formats.counted(filled, 'field')} filled": Behind("filled_fields", str(filled))
        for filled in shown["filled"]
    }
    show_table(
        shown.select(list(rates)),
        alt=f"What became of leads by how many fields are filled, to {stage}",
        stem=file_stem("completeness_outcome", scope.period),
        columns=rates,
        everything=lambda: outcome,
        on_row=opens(list(lines), _FILLED),
    )
    st.caption("It goes with converting and need not be its cause: who gets further is asked more.")
    show_behind(scope, lines, _FILLED)
