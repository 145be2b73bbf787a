"""What open leads are worth."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.quality.value import lead_value
from metrics.scope import Scope
from pages.controls.columns import number, percent, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_table_or


def show_value(scope: Scope) -> None:
    """The chance and the value of an open lead, by level and stage."""
    found = measure(lead_value, scope, definitions())
    currency = definitions().base_currency
    columns = {
        "level": text("Level", pinned=True), "stage": text("Stands at"),
        "open_leads": number("Open"), "win_rate": percent("Win rate"),
        "win_rate_low": percent("From"), "win_rate_high": percent("To"),
        "value": short(f"Value of one, {currency}"), "value_low": short("At least"),
        "value_high": short("At most"), "total": short("All of them"),
        "new_value": short("One from today"),
    }  # fmt: skip
    show_table_or(
        "No lead is open.",
        found.filter(pl.col("open_leads") > 0).select(list(columns)),
        alt="Open leads by level and stage, their chance to be won and their value",
        stem=file_stem("lead_value"),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "All leads that are open on the last day observed, whenever they came in. Each by how long "
        "it has stood where it is; the size of a deal is the mean of all won leads."
    )
