"""What was read as another word, on the health page: by kind, with the originals."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
import streamlit as st

from data.engine.warehouse import has_table
from data.terms.titles import TABLES, column_name, table_title
from metrics.health.readings import READ, standardised_values
from metrics.wording import formats
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, measure_all
from pages.controls.problems import explained
from pages.controls.tables import note_cut, show_table

TITLE = "Standardised values"

SHOWN = 1_000
"""Rows on the page; the downloads hold all."""

_ALL = "all"

_WHY = {
    "standard_word": "standard word", "frequency": "most frequent spelling",
    "definitions": "name in the definitions", "channel_rule": "channel rule",
}  # fmt: skip

COLUMNS = {
    "becomes": text("Read as a", pinned=True), "original": text("Written"),
    "standard": text("Read as"),
    "decided_by": text("Decided by", meaning="A standard word for the text, the most frequent "
        "spelling, a name that the definitions give, or the channel rule that has the text as a "
        "source."),
    "row_count": number("Rows", meaning="Rows of files; of titles people, of industries accounts."),
    "stands_in": text(
        "Found in", meaning="The column of the file, or of the table that keeps it."
    ),
    "file_name": text("File", meaning="The first by name, where several have it."),
    "file_count": number("Files"), "load_id": text("Load"),
}  # fmt: skip


def show_readings() -> None:
    """Choose a kind of value; what was written, what it was read as, how often, and where."""
    with st.container(border=True), explained():
        st.header(TITLE, anchor=False)
        st.caption(
            "Values that differ only in case, width or spaces count as one: the most frequent "
            "spelling is shown, or the name that the definitions give. Sources named by a "
            "channel rule become its channel. Cities and countries have one spelling, "
            "spellings of one company share a key, and job titles and industries are put in "
            "standard words. Nothing is lost: values are kept as written, and for cities and "
            "countries the file and its column are named. Digits are shown as #."
        )
        if not has_table(current_warehouse(), "rewritten_value"):
            st.info("Load a file: from then on, every replaced value is recorded here.")
            return
        found = measure_all(standardised_values)
        if found.is_empty():
            st.markdown(":material/check: Every value is kept as it was written.")
            return
        chosen = _chosen_kind(found)
        shown = found if chosen == _ALL else found.filter(becomes=chosen)
        if shown.height > SHOWN:
            note_cut(SHOWN, shown.height)
        show_table(
            shown.head(SHOWN)
            .with_columns(
                pl.col("decided_by").replace(_WHY),
                pl.col("stands_in").replace(_places(shown["stands_in"].unique())),
            )
            .select(list(COLUMNS)),
            alt=f"{TITLE}: {chosen}",
            stem=file_stem(f"read_as_{chosen}"),
            columns=COLUMNS,
            everything=lambda: shown,
        )


def _places(columns: Iterable[str]) -> dict[str, str]:
    """What people call columns of tables; a column of a file has the name that the file gives."""
    pairs = ((each, each.partition(".")) for each in columns)
    return {
        each: f"{table_title(table)}: {column_name(table, column)}"
        for each, (table, _, column) in pairs
        if column and table in TABLES
    }


def _chosen_kind(found: pl.DataFrame) -> str:
    counts = dict(found.group_by("becomes").len().iter_rows())
    labels = {_ALL: f"All ({formats.count(found.height)})"} | {
        kind: f"{kind.capitalize()} ({formats.count(counts[kind])})"
        for kind in READ
        if kind in counts
    }
    chosen = st.segmented_control(
        "Kind of value",
        list(labels),
        default=_ALL,
        format_func=labels.__getitem__,
        key="health_readings_kind",
        label_visibility="collapsed",
    )
    return str(chosen or _ALL)
