"""From when on each kind of outcome is told, on the health page."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.health.source_window import source_window
from metrics.period import in_words
from pages.controls.columns import day, number, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure_all
from pages.controls.problems import explained
from pages.controls.tables import show_table

TITLE = "When each outcome is first recorded"

_COLUMNS = {
    "kind": text("Outcome", pinned=True),
    "observed_from": day("Recorded from"),
    "records_from": day("Records from"),
    "begins_late": tick("Begins late", meaning="Records are older than what is known of them."),
    "first_on": day("First entry"), "last_on": day("Last entry"),
    "record_count": number("Leads and deals"),
    "told_by": text("Reported by", wide="medium"),
}  # fmt: skip


def show_source_window() -> None:
    """A sentence on what begins late or is never told, and the table of all kinds."""
    with st.container(border=True), explained():
        st.header(TITLE, anchor=False)
        st.caption(
            "A history export may begin later than the leads it is about. Nobody knows what "
            "happened before that, so older leads are followed only from then on."
        )
        found = measure_all(source_window, definitions())
        for sentence in sentences(found):
            st.markdown(sentence)
        names = {kind: _name(kind) for kind in found["kind"]}
        show_table(
            found.select(list(_COLUMNS)).with_columns(pl.col("kind").replace(names)),
            alt=TITLE,
            stem=file_stem("source_window"),
            columns=_COLUMNS,
            everything=lambda: found,
        )


def sentences(found: pl.DataFrame) -> list[str]:
    """What the table means, in words: what begins late, what is never told, or that all is well."""
    said = []
    for row in found.filter("begins_late").iter_rows(named=True):
        said.append(
            f":material/warning: **{_name(row['kind'])}** is recorded from "
            f"{in_words(row['observed_from'])} on, but records begin on "
            f"{in_words(row['records_from'])}: what happened before is missing, not zero."
        )
    never = [_name(row["kind"]) for row in found.filter(record_count=0).iter_rows(named=True)]
    if never:
        said.append(
            f":material/info: No file records {', '.join(never)}: whether there were none or "
            "nobody wrote them down is not known."
        )
    if not said:
        said.append(":material/check: Every kind of outcome is recorded from the first record on.")
    return said


def _name(kind: str) -> str:
    return kind.upper() if kind in ("mql", "sql") else kind.capitalize()
