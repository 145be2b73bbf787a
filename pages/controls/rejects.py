"""The rows of a load that were refused."""

from __future__ import annotations

import streamlit as st

from data.storage.store import Store
from loaders.history import rejected
from pages.controls.downloads import file_stem
from pages.controls.tables import show_table
from pages.display import formats

SHOWN = 1000
_COLUMN = st.column_config
_COLUMNS = {
    "line": _COLUMN.NumberColumn("Line", format="localized", pinned=True),
    "reason": _COLUMN.TextColumn("Reason"),
    "column": _COLUMN.TextColumn("Column"),
    "value": _COLUMN.TextColumn("Value"),
    "row": _COLUMN.TextColumn("Row", width="large"),
}


def show_rejects(load_id: str, file_name: str, place: str) -> None:
    """Line, reason, column and value of each refused row; personal values are masked.

    `place` tells two of these lists on one page apart.
    """
    store = Store.from_environment()
    found = rejected(store, load_id, SHOWN)
    if found.is_empty():
        st.caption("No row was rejected.")
        return
    if len(found) == SHOWN:
        st.caption(f"The first {formats.count(SHOWN)} are shown; the downloads hold all.")
    show_table(
        found,
        alt="Rejected rows",
        stem=file_stem(f"rejected_{file_name}_{load_id}"),
        columns=_COLUMNS,
        everything=lambda: rejected(store, load_id),
        place=place,
    )
