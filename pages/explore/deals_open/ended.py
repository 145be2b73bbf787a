"""How deals end: win rates of all kinds, and the reasons."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.pipeline.reasons import win_loss_reasons, win_loss_reasons_by
from metrics.pipeline.win_rates import win_rates, win_rates_by
from metrics.scope import Dimension
from pages.controls.address import choose_one
from pages.controls.columns import bar, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_table_or
from pages.display.text import escape
from pages.explore.deals_open.asked import Asked

_ALL = "All deals"

_WORDS = {"cohort": "Opened in the period", "flow": "Closed in the period", "count": "Deals",
          "value": "Amounts", "narrow": "of won and lost",
          "broad": "of all closed and stale"}  # fmt: skip

_SHOWN = 480
"""Rows of segments, eight each."""


def _by(key: str) -> Dimension | None:
    found = {each.label.capitalize(): each for each in Dimension}
    return found.get(choose_one("By", [_ALL, *found], key=key, width=200))


def show_win_rates(asked: Asked) -> None:
    """Cohort and flow, count and value, narrow and broad, each with its interval."""
    by = _by("pipeline_rates_by")
    found = (
        measure(win_rates_by, asked.scope, by, definitions())
        if by
        else measure(win_rates, asked.scope, definitions())
    )
    words = [
        pl.col(name).replace_strict(_WORDS, return_dtype=pl.String)
        for name in ("basis", "measure", "width")
    ]
    left_out = pl.when(measure="value").then("unpriced")
    segment = {by.value: text(by.label.capitalize(), pinned=True)} if by else {}
    columns = {
        **segment, "basis": text("Which deals"), "measure": text("By"), "width": text("Won"),
        "rate": percent("Rate"), "rate_low": percent("95% low"),
        "rate_high": percent("95% high"), "won": number("Won, deals or amount"),
        "of": number("Of"), "unpriced": number("Left out, without amount"),
    }  # fmt: skip
    show_table_or(
        "No deal was opened or closed in the period.",
        found.filter(pl.col("of") > 0)
        .head(_SHOWN)
        .with_columns(*words, unpriced=left_out)
        .select(list(columns)),
        alt="Win rates",
        stem=file_stem("win_rates", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    days = definitions().pipeline.stale_days
    st.caption(
        escape(
            f"{asked.scope.period.describe()}, the sidebar's period. Stale: open, and nothing "
            f"changed for {days} days. Intervals know that deals of one account end alike. A "
            "cohort that is young has decided few deals yet. By amounts no rate is told where more "
            "than a tenth of the deals won, lost or stale have none."
        )
    )


_SIDES = {"Reason": "reason", "Competitor": "competitor", "Last stage": "last_stage"}


def show_reasons(asked: Asked) -> None:
    """Wins and losses by reason, competitor or last stage, of all or by segment."""
    with st.container(horizontal=True, gap="medium"):
        side = choose_one("Split by", _SIDES, key="pipeline_reason", width=200)
        by = _by("pipeline_reasons_by")
    found = (
        measure(win_loss_reasons_by, asked.scope, by)
        if by
        else measure(win_loss_reasons, asked.scope)
    )
    keys = [*([by.value] if by else []), "outcome"]
    name = _SIDES[side]
    shown = (
        found.group_by(*keys, name)
        .agg(pl.col("deals", "amount").sum())
        .with_columns(share=pl.col("deals") / pl.col("deals").sum().over(keys))
        .sort([*keys, "deals", name], descending=[*[False] * (len(keys) - 1), True, True, False])
        .with_columns(pl.col("outcome").str.to_titlecase(), pl.col(name).fill_null("not recorded"))
    )
    segment = {by.value: text(by.label.capitalize(), pinned=True)} if by else {}
    columns = {
        **segment, "outcome": text("Outcome"), name: text(side), "deals": number("Deals"),
        "share": bar("Of the outcome"), "amount": number(f"Amount, {asked.currency}"),
    }  # fmt: skip
    show_table_or(
        "No deal was closed in the period.",
        shown.head(_SHOWN).select(list(columns)),
        alt=f"Wins and losses by {side.lower()}",
        stem=file_stem(f"win_loss_{name}", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(escape(f"Deals closed {asked.scope.period.describe()}, in the words of the CRM."))
