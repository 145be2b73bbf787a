"""Tables on a page: searched and sorted in place, with a way to take them along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import plotly.graph_objects as go
import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.wording import formats
from pages.controls.downloads import offer_downloads
from pages.controls.kept import annotated
from pages.display.text import escape


def show_chart(
    figure: go.Figure, *, key: str, alt: str, on_click: Callable[[], None] | None = None
) -> None:
    """The figure over the full width. `alt` says what it shows to who cannot see it.

    Notes on days show on every chart over time, and below it in words.
    """
    figure, words = annotated(figure)
    st.plotly_chart(
        figure,
        key=key,
        on_select=on_click or "ignore",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    if words:
        st.caption(escape(words))


@dataclass(frozen=True, slots=True)
class RowChoice:
    """What choosing a row of a table does.

    `take` gets the place of the row, or None when the choice is taken back. It is a callback: let
    it write into a widget that stands in the address, which the keyboard reaches as well.
    """

    key: str
    take: Callable[[int | None], None]


@dataclass(frozen=True, slots=True)
class CellChoice:
    """What a click on a cell does: `take` gets the place of the row and the column's name.

    It is a callback as that of `RowChoice`.
    """

    key: str
    take: Callable[[int, str], None]


def show_rows(
    frame: pl.DataFrame,
    *,
    alt: str,
    columns: Mapping[str, ColumnConfig | None],
    on_cell: CellChoice | None = None,
    on_row: RowChoice | None = None,
) -> None:
    """The frame as a table, with nothing below it. Parameters are those of `show_table`."""
    choice = on_cell or on_row
    taken = partial(_take_cell, on_cell) if on_cell else partial(_take_row, on_row)  # type: ignore[arg-type]
    st.dataframe(
        frame.with_columns(pl.col(pl.Decimal).cast(pl.Float64)),
        hide_index=True,
        column_config=dict(columns),
        placeholder=formats.NOTHING,
        alt=alt,
        key=choice.key if choice else None,
        on_select=taken if choice else "ignore",
        selection_mode="single-cell" if on_cell else "single-row",
    )


def show_table(
    frame: pl.DataFrame,
    *,
    alt: str,
    stem: str,
    columns: Mapping[str, ColumnConfig | None],
    everything: Callable[[], pl.DataFrame] | None = None,
    place: str = "",
    on_row: RowChoice | None = None,
    on_cell: CellChoice | None = None,
) -> None:
    """The frame as a table with downloads below it.

    `columns` says how each column is titled and written; None hides it. `stem` names the files. The
    downloads hold `everything()` when that is more than what is shown. `place` distinguishes two
    tables with the same files. `on_row` lets one row be chosen, `on_cell` one cell.
    """
    show_rows(frame, alt=alt, columns=columns, on_row=on_row, on_cell=on_cell)
    offer_downloads(everything or (lambda: frame), stem, place)


def _take_row(choice: RowChoice) -> None:
    rows = st.session_state[choice.key]["selection"]["rows"]
    choice.take(rows[0] if rows else None)


def _take_cell(choice: CellChoice) -> None:
    for row, column in st.session_state[choice.key]["selection"]["cells"]:
        choice.take(row, column)


def note_cut(shown: int, of: int | None = None, *, first: str = "first") -> None:
    """Say that a table shows only so many rows, and of how many where that is known."""
    whole = "" if of is None else f" of {formats.count(of)}"
    st.caption(f"The {first} {formats.count(shown)}{whole} are shown; the downloads hold all.")


def show_table_or(
    nothing: str,
    frame: pl.DataFrame,
    *,
    alt: str,
    stem: str,
    columns: Mapping[str, ColumnConfig],
    everything: Callable[[], pl.DataFrame] | None = None,
) -> None:
    """The frame as a table, or the sentence that says what its emptiness means."""
    if frame.is_empty():
        st.markdown(f":material/check: {nothing}")
    else:
        show_table(frame, alt=alt, stem=stem, columns=columns, everything=everything)
