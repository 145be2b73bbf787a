"""Old and new side by side for one period: what a preview found."""

from __future__ import annotations

from datetime import date

import polars as pl
import streamlit as st

from data.definition_changes.differences import Change
from data.definition_changes.preview import LEVEL, Preview
from data.definitions import Definitions
from metrics.wording import formats
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, definitions
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.sources.terms.metric_under_both import show_metric_under_both

NUMBERS = {
    "lead": "Leads", "mql": "MQLs", "sql": "SQLs", "opportunity": "Opportunities", "won": "Won",
    "won_amount": "Won revenue", "spend_amount": "Spend",
}  # fmt: skip

_BESIDE = {
    "before": number("Old"), "after": number("New"), "change": number("Change"),
}  # fmt: skip

_MONTHS = 12

_BY_RULE = {"persona": "persona", "own_segment": "segment", "tags": "tags", LEVEL: "level"}


def show_before_after(found: Preview, written: Definitions, changes: tuple[Change, ...]) -> None:
    """The numbers of a period under both, in all and by channel, and how many records differ."""
    if current_warehouse().generation != found.generation:
        st.warning("The data changed since this preview. Press Preview again.")
        return
    if not found.follows:
        st.info(
            "The tables of now were derived under other terms than those in force: part of what "
            "differs below is due to them."
        )
    if not found.rederived:
        st.info(
            "Metrics alone read what differs: windows, margin, credit, costs or marks of content. "
            "The tables stay as they are, and so do the numbers below.",
            icon=":material/info:",
        )
    frame = as_frame(found)
    if frame.is_empty():
        st.markdown("No number has a month in what is loaded.")
        return
    months = frame["month"].unique().sort().to_list()
    first, last = _choose(months)
    shown = frame.filter(pl.col("month").is_between(first, last))
    st.markdown(escape(sentence(shown, first, last)))
    if written.base_currency != definitions().base_currency:
        st.caption(f"New amounts are in {escape(written.base_currency)}.")
    _show_totals(shown)
    _show_channels(shown)
    show_metric_under_both(changes, written, first, last)
    _show_renamed(found)
    moved = pl.DataFrame([(m.what, m.before, m.after, m.moved) for m in found.moved],
                         schema=["what", "before", "after", "moved"], orient="row")  # fmt: skip
    st.markdown("**Records that differ**, of all that is loaded")
    show_table(
        moved,
        alt="Records that differ under the new definitions",
        stem=file_stem("definitions_records"),
        columns={"what": text("Records", pinned=True), "before": number("Old"),
                 "after": number("New"), "moved": number("Differ")},
    )  # fmt: skip


def _show_renamed(found: Preview) -> None:
    """Who would be called something else, by level and the rules of personas, segments, tags."""
    if not found.renamed:
        return
    rows = pl.DataFrame(
        [
            (_BY_RULE[each.dimension], each.before, each.after, each.leads, " ".join(each.examples))
            for each in found.renamed
        ],
        schema=["kind", "before", "after", "leads", "examples"],
        orient="row",
    )
    counts = rows.group_by("kind", maintain_order=True).agg(pl.col("leads").sum())
    said = ", ".join(f"{formats.count(leads)} by {kind}" for kind, leads in counts.iter_rows())
    st.markdown(f"**Leads that would be called something else**, of all that is loaded: {said}")
    show_table(
        rows,
        alt="Leads by what they are called under both definitions",
        stem=file_stem("definitions_renamed"),
        columns={
            "kind": text("By", pinned=True),
            "before": text("Old"),
            "after": text("New"),
            "leads": number("Leads"),
            "examples": text("The first of them", wide="large"),
        },
    )


def as_frame(found: Preview) -> pl.DataFrame:
    """One row per number, month and channel."""
    return pl.DataFrame(
        [(NUMBERS[n.metric], n.month, n.channel, n.before, n.after) for n in found.numbers],
        schema={
            "number": pl.Enum(list(NUMBERS.values())), "month": pl.Date, "channel": pl.String,
            "before": pl.Float64, "after": pl.Float64,
        },
        orient="row",
    )  # fmt: skip


def summed(frame: pl.DataFrame, by: str) -> pl.DataFrame:
    """Old, new and the change of each, in their order."""
    return (
        frame.group_by(by)
        .agg(pl.col("before", "after").sum())
        .with_columns(change=pl.col("after") - pl.col("before"))
        .sort(by)
    )


def sentence(frame: pl.DataFrame, first: date, last: date) -> str:
    """What differs in the period, in one sentence.

    >>> rows = [("Leads", date(2026, 1, 1), "Email", 5.0, 4.0)]
    >>> frame = pl.DataFrame(rows, ["number", "month", "channel", "before", "after"], orient="row")
    >>> sentence(frame, date(2026, 1, 1), date(2026, 3, 1))
    'From 2026-01 to 2026-03: Leads 5 → 4.'
    """
    period = f"From {first:%Y-%m} to {last:%Y-%m}"
    said = [
        f"{row['number']} {formats.count(row['before'])} → {formats.count(row['after'])}"
        for row in summed(frame, "number").iter_rows(named=True)
        if row["change"]
    ]
    return f"{period}: {', '.join(said)}." if said else f"{period} no total is another."


def _choose(months: list[date]) -> tuple[date, date]:
    with st.container(horizontal=True):
        first = st.selectbox(
            "From", months, index=max(len(months) - _MONTHS, 0), format_func=_month,
            key="terms_first",
        )  # fmt: skip
        last = st.selectbox(
            "To", months, index=len(months) - 1, format_func=_month, key="terms_last"
        )
    return min(first, last), max(first, last)


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def _show_totals(shown: pl.DataFrame) -> None:
    show_table(
        summed(shown, "number"),
        alt="Old and new totals of the period",
        stem=file_stem("definitions_totals"),
        columns={"number": text("Number", pinned=True), **_BESIDE},
    )


def _show_channels(shown: pl.DataFrame) -> None:
    which = st.selectbox("By channel", list(NUMBERS.values()), key="terms_number")
    show_table(
        summed(shown.filter(pl.col("number") == which), "channel"),
        alt=f"Old and new {which} by channel",
        stem=file_stem("definitions_channels"),
        columns={"channel": text("Channel", pinned=True), **_BESIDE},
        everything=lambda: shown.with_columns(pl.col("number").cast(pl.String)),
    )
