"""Closed months that changed: one line per load and number, and every number when asked for."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.schema.bookkeeping import Cause
from metrics.health.restatements import restatements, restating_loads
from metrics.scope import Stage
from metrics.wording import formats
from pages.controls.columns import moment, month, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure_all
from pages.controls.tables import note_cut, show_table

SHOWN = 1000

CAUSES = {
    Cause.FIRST_LOAD: "first load of this kind of file",
    Cause.NEW_ROWS: "rows that came later",
    Cause.CHANGED_ROWS: "rows that were corrected",
    Cause.RETIRED: "records that their source deleted or merged",
    Cause.MERGE: "records found to belong together",
    Cause.DEFINITION: "other definitions",
}

_NUMBERS = {
    Stage.LEAD.value: "Leads",
    Stage.MQL.value: "MQLs",
    Stage.SQL.value: "SQLs",
    Stage.OPPORTUNITY.value: "Opportunities",
    Stage.WON.value: "Won leads",
    "won_amount": "Won amount",
    "spend_amount": "Spend",
}

_WITHOUT_LOAD = "(the definitions)"

_MOVES = "What moves to another month or channel goes down in one and up in the other."

_AMOUNT = "Leads are counted, amounts are in the base currency."

LOAD_COLUMNS = {
    "metric": text("Number", pinned=True), "change": number("Change", meaning=_AMOUNT),
    "added": number("Went up by", meaning=_MOVES),
    "removed": number("Went down by", meaning=_MOVES), "span": text("Closed months"),
    "months": number("How many", meaning="Months that changed."),
    "cause": text("Why", wide="medium"), "file_name": text("File"),
    "finished_at": moment("Loaded (UTC)"),
}  # fmt: skip

NUMBER_COLUMNS = {
    "month_on": month("Month"), "metric": text("Number"), "segment": text("Channel"),
    "before": number("Before"), "after": number("After"), "change": number("Change"),
    "cause": text("Why", wide="medium"), "file_name": text("File"), "load_id": text("Load"),
}  # fmt: skip


def show_restatements() -> None:
    """What each load changed in closed months; first loads of a kind of file are folded away."""
    st.caption(
        "Numbers of closed months that have changed, and the load that changed them. Quote the "
        "new ones. A month is closed once a newer month has been loaded."
    )
    loads = measure_all(restating_loads)
    first = pl.col("cause") == Cause.FIRST_LOAD.value
    new = loads.filter(first)
    with_first = False
    if not new.is_empty():
        files = new["load_id"].n_unique()
        with_first = st.toggle(
            f"Also history that was loaded for the first time ({formats.counted(files, 'file')})",
            key="health_first_loads",
            help="The first load of a kind of file brings months that had no numbers before. These "
            "are not corrections, so they are hidden unless you ask for them.",
        )
    shown = loads if with_first else loads.filter(~first)
    if shown.is_empty():
        st.markdown(":material/check: No number of a closed month was corrected.")
        return
    show_table(
        _by_load(shown).select(list(LOAD_COLUMNS)),
        alt="What each load changed in closed months",
        stem=file_stem("restating_loads"),
        columns=LOAD_COLUMNS,
        everything=lambda: measure_all(restating_loads),
    )
    with st.expander("Month by month", icon=":material/calendar_month:"):
        _show_numbers(with_first=with_first)


def _show_numbers(*, with_first: bool) -> None:
    found = measure_all(restatements)
    if not with_first:
        found = found.filter(pl.col("cause") != Cause.FIRST_LOAD.value)
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="latest")
    show_table(
        _in_words(found.head(SHOWN))
        .with_columns(segment=pl.col("segment").replace({"total": "All"}))
        .select(list(NUMBER_COLUMNS)),
        alt="Each number of a closed month that changed",
        stem=file_stem("restatements"),
        columns=NUMBER_COLUMNS,
        everything=lambda: measure_all(restatements),
    )


def _by_load(found: pl.DataFrame) -> pl.DataFrame:
    first, last = (
        pl.col(name).dt.strftime("%Y-%m") for name in ("first_month_on", "last_month_on")
    )
    return _in_words(found).with_columns(
        span=pl.when(first == last).then(first).otherwise(first + " to " + last)
    )


def _in_words(found: pl.DataFrame) -> pl.DataFrame:
    return found.with_columns(
        pl.col("cause").replace({cause.value: words for cause, words in CAUSES.items()}),
        pl.col("metric").replace(_NUMBERS),
        pl.col("file_name").fill_null(
            pl.when(pl.col("load_id").is_null()).then(pl.lit(_WITHOUT_LOAD))
        ),
    )
