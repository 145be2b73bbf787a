"""Data health: what is loaded, how fresh it is, what was refused, what is missing."""

import streamlit as st

from data.generations import Store
from pages.controls.downloads import file_stem
from pages.controls.health import refusals, sources, table_sizes, unassigned_share, unpriced
from pages.controls.health_columns import (
    REFUSAL_COLUMNS,
    SIZE_COLUMNS,
    SOURCE_COLUMNS,
    UNPRICED_COLUMNS,
)
from pages.controls.health_tiles import show_alarm, show_health_tiles
from pages.controls.loads import manage_load, show_loads
from pages.controls.measure import current_warehouse
from pages.controls.problems import explained
from pages.controls.tables import show_table_or

st.caption("What is loaded, how fresh it is, what was rejected and what is missing.")

show_alarm(Store.from_environment())
warehouse = current_warehouse()
loaded, refused, missing = sources(warehouse), refusals(warehouse), unpriced(warehouse)
show_health_tiles(warehouse, loaded, missing, unassigned_share(warehouse))

for title, meaning, frame, columns, nothing in (
    (
        "Freshness",
        "Each kind of file and its newest export. The one that lags most comes first.",
        loaded,
        SOURCE_COLUMNS,
        "No load is recorded.",
    ),
    (
        "Rejected rows",
        "Why rows were not loaded. The rows themselves are below, under a load in detail.",
        refused,
        REFUSAL_COLUMNS,
        "No row was rejected.",
    ),
    (
        "Amounts without an exchange rate",
        "Numbers that need them say so instead of leaving them out.",
        missing,
        UNPRICED_COLUMNS,
        "Every amount could be converted.",
    ),
    (
        "Rows per table",
        "What the files became.",
        table_sizes(warehouse),
        SIZE_COLUMNS,
        "There are no tables.",
    ),
):
    with st.container(border=True), explained():
        st.header(title, anchor=False)
        st.caption(meaning)
        stem = file_stem(title.lower())
        show_table_or(nothing, frame, alt=title, stem=stem, columns=columns)

with st.container(border=True), explained():
    st.header("Loads", anchor=False)
    manage_load(show_loads())
