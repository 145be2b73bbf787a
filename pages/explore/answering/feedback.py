"""Reasons that sales gave for leads, what is to follow, and what became of the leads."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.follow_up.feedback import feedback_reasons
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_table_or


def show_feedback(scope: Scope) -> None:
    """Each reason with its leads, those to come back, and those that qualified again."""
    rows = measure(feedback_reasons, scope)
    unknown = rows.filter(~pl.col("is_known"))
    if len(unknown):
        st.warning(
            f"{formats.counted(len(unknown), 'reason is', 'reasons are')} in no spelling of the "
            f"definitions, of {formats.counted(int(unknown['leads'].sum()), 'lead')}: nothing "
            "follows from them. Add their spellings under `[[follow_up.reason]]`.",
            icon=":material/translate:",
        )
    show_table_or(
        "No file gives a reason of sales for these leads.",
        rows,
        alt="Reasons of sales and what became of the leads",
        stem=file_stem("feedback_reasons", scope.period),
        columns={
            "reason": text("Reason", pinned=True),
            "kind": text("Kind"),
            "is_known": tick("Known", meaning="The definitions have this spelling."),
            "next_action": text("Next action"),
            "leads": number("Leads"),
            "to_come_back": number("To come back"),
            "due": number("Due by now"),
            "qualified_again": number("Qualified again"),
            "won_again": number("Won"),
            "again_rate": percent("Qualified again, share"),
            "again_low": percent("from"),
            "again_high": percent("to"),
        },
    )
