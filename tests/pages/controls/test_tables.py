"""Tables: a row that is chosen, and a choice that is taken back."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def page() -> None:
    import polars as pl
    import streamlit as st

    from pages.controls.columns import text
    from pages.controls.tables import RowChoice, _take_row, show_table

    def take(row: int | None) -> None:
        st.session_state["taken"] = "nothing" if row is None else f"row {row}"

    choice = RowChoice("rows", take)
    show_table(
        pl.DataFrame({"name": ["a", "b"]}),
        alt="Names",
        stem="names",
        columns={"name": text("Name")},
        on_row=choice,
    )
    _take_row(choice)
    st.text(st.session_state["taken"])


def test_a_chosen_row_is_taken_and_taken_back() -> None:
    app = AppTest.from_function(page, default_timeout=30).run()
    assert not app.exception
    assert app.text[0].value == "nothing"
