"""What was loaded: the list, one load's rejected rows, and taking a load out again."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.schema.bookkeeping import DatedBy
from data.storage.store import Store
from loaders.history import loads, rejected
from loaders.kinds import kinds_of_file
from metrics.wording import formats
from pages.controls.columns import moment, number, text
from pages.controls.downloads import file_stem
from pages.controls.problems import emphasis
from pages.controls.tables import note_cut, show_table
from pages.display.text import escape
from pages.sources.loading.job import is_busy, start_undo

SHOWN = 1000

_LOAD_COLUMNS = {
    "file_name": text("File", pinned=True), "mapping": text("Read as"),
    "as_of": moment("As of (UTC)"), "as_of_by": text("Known by"),
    "finished_at": moment("Loaded (UTC)"),
    "rows_read": number("Read"), "rows_kept": number("Kept"), "rows_changed": number("Changed"),
    "rows_rejected": number("Rejected"), "load_id": text("Load"),
}  # fmt: skip

_KNOWN_BY = {
    DatedBy.GIVEN: "whoever loaded it", DatedBy.FILE: "the file itself",
    DatedBy.NAME: "the file's name", DatedBy.CHANGED: "the file's last change",
}  # fmt: skip

_REFUSED_COLUMNS = {
    "line": number("Line", pinned=True), "kind": text("Kind"), "reason": text("Reason"),
    "column": text("Column"),
    "value": text("Value"), "row": text("Row", wide="large"),
}  # fmt: skip


def show_loads() -> pl.DataFrame:
    """The list of loads, latest first; returns it."""
    found = loads(Store.from_environment())
    if found.is_empty():
        st.caption("Nothing is loaded yet. Upload a file above, or start with the sample company.")
        return found
    show_table(
        found.select(list(_LOAD_COLUMNS)).with_columns(
            pl.col("mapping").replace_strict(kinds_of_file(found["mapping"].unique())),
            pl.col("as_of_by").replace({str(by): words for by, words in _KNOWN_BY.items()}),
        ),
        alt="Loads, latest first",
        stem=file_stem("loads"),
        columns=_LOAD_COLUMNS,
    )
    return found


def manage_load(found: pl.DataFrame) -> None:
    """Choose one of the loads to see what it rejected, or to undo it."""
    rows = {row["load_id"]: row for row in found.iter_rows(named=True)}
    if not rows:
        return
    load_id = st.selectbox(
        "Details of a load",
        list(rows),
        index=None,
        format_func=lambda each: _described(rows[each]),
        placeholder="Choose a load",
        key="load_detail",
    )
    if load_id is None:
        return
    file_name = rows[load_id]["file_name"]
    show_rejects(load_id, file_name, "detail_")
    with st.popover("Undo this load", icon=":material/undo:", disabled=is_busy(), key="load_undo"):
        st.markdown(
            f"Take **{escape(file_name)}** out again, as if it had never been loaded? "
            "Other loads stay. You can load the file again later."
        )
        st.button(
            "Yes, remove it",
            type=emphasis(),
            on_click=start_undo,
            args=(load_id, file_name),
            key="load_undo_confirmed",
        )


def show_rejects(load_id: str, file_name: str, place: str) -> None:
    """Line, reason, column and value of each refused row; personal values are masked.

    `place` distinguishes two of these lists on one page.
    """
    store = Store.from_environment()
    found = rejected(store, load_id, SHOWN)
    if found.is_empty():
        st.caption("No row was rejected.")
        return
    if len(found) == SHOWN:
        note_cut(SHOWN)
    show_table(
        found,
        alt="Rejected rows",
        stem=file_stem(f"rejected_{file_name}_{load_id}"),
        columns=_REFUSED_COLUMNS,
        everything=lambda: rejected(store, load_id),
        place=place,
    )


def _described(row: dict[str, Any]) -> str:
    kept = formats.count(row["rows_kept"])
    return f"{row['file_name']} · {formats.moment(row['finished_at'])} · {kept} rows"
