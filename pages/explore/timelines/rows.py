"""A table of accounts of which a row opens the account's timeline."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.journeys.subject import SubjectKind
from pages.controls.tables import RowChoice, note_cut, show_table
from pages.explore.timelines.asked import FIND, ONE, PART, SUBJECT, first_page, written

SHOWN = 200


def show_rows(
    found: pl.DataFrame, columns: Mapping[str, ColumnConfig | None], *, alt: str, stem: str
) -> None:
    """The first rows with their columns; the downloads hold all rows and all columns.

    `found` has `account_id` and `account`. Whoever chooses a row sees what happened there.
    """
    shown = found.head(SHOWN)
    places = shown.select("account_id", "account").rows()

    def take(place: int | None) -> None:
        if place is not None:
            account_id, account = places[place]
            st.session_state[FIND] = ""
            st.session_state[SUBJECT] = written(SubjectKind.ACCOUNT, account_id, account)
            st.session_state[PART] = ONE
            first_page()

    show_table(
        shown.select(list(columns)),
        alt=alt,
        stem=stem,
        columns=columns,
        everything=lambda: found,
        on_row=RowChoice(f"{stem}_rows", take),
    )
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found))
    st.caption("Choose a row to see everything that happened at the account.")
