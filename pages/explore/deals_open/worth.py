"""What open deals cover of the plan, and what they are worth by stage and days in it."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.pipeline.lived import LANDMARKS
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.tables import show_table_or
from pages.display.text import escape
from pages.explore.deals_open.asked import Asked

_DUE = {"Due in these days": "period", "Before": "before", "Later": "after", "On no day": "no day"}


def show_worth(asked: Asked) -> None:
    """Target, won, needed, open and weighted; then open deals by stage and days in it."""
    _show_coverage(asked)
    due = _DUE[choose_one("Open deals", _DUE, key="pipeline_when", width=240)]
    whole = asked.weighted()
    found = whole.filter(due=due).with_columns(
        days=pl.col("days_from").replace_strict(_bands(), return_dtype=pl.String)
    )
    columns = {
        "stage": text("Stage", pinned=True), "days": text("Days in it"), "deals": number("Deals"),
        "amount": number(f"Open, {asked.currency}"), "chance": percent("Chance"),
        "like_deals": number("Based on deals"),
        "weighted_amount": number(f"Weighted, {asked.currency}"),
        "crm_weighted_amount": number(f"By the CRM, {asked.currency}"),
    }  # fmt: skip
    show_table_or(
        "No open deal is due then.",
        found.select(list(columns)).with_columns(
            pl.col("weighted_amount", "crm_weighted_amount", "like_deals").round(0)
        ),
        alt="Open deals by stage and days in it, with their chance of being won",
        stem=file_stem("weighted_pipeline", asked.due.period),
        columns=columns,
        everything=lambda: whole,
    )
    st.caption(
        "The chance is the share won in the end of deals that had been in the stage for as long, "
        "of all periods; two deals of the usual win rate are added to each. Beside it what the "
        "probabilities of the CRM make of the same deals."
    )


def _show_coverage(asked: Asked) -> None:
    row = asked.coverage().row(0, named=True)
    if row["target"] is None:
        st.markdown(f"There is no coverage: {escape(row['why'])}.")
        return

    def written(value: float) -> str:
        if row["is_of_deals"]:
            return formats.counted(round(value), "deal")
        return escape(formats.money(value, asked.currency))

    due, won = ("due_deals", "won_deals") if row["is_of_deals"] else ("due_amount", "won_amount")
    st.markdown(
        f"The plan “{escape(row['plan'])}” wants **{written(row['target'])}** in {asked.name}: "
        f"{written(row[won])} is won, {written(row['needed'])} is still needed, and "
        f"**{written(row[due])}** is open and due. Won and weighted together are "
        f"**{written(row['landing'])}**, {formats.share(row['landing'] / row['target'])} of the "
        "target; deals that are still to be opened come on top."
    )


def _bands() -> dict[int, str]:
    ends = [f"to {later - 1}" for later in LANDMARKS[1:]]
    words = [f"{start} {end}" for start, end in zip(LANDMARKS, [*ends, "and more"], strict=True)]
    return dict(zip(LANDMARKS, words, strict=True))
