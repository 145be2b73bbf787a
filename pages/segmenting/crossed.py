"""The first dimension against the second: a heat map, and a list in a narrow window."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import streamlit as st

from metrics.scope import Basis
from metrics.segments.measures import Kind
from metrics.wording import formats
from pages.charts.segments import segment_heat
from pages.controls.address import choose_one
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.tables import CellChoice, show_chart, show_rows
from pages.controls.width import in_narrow_window, in_wide_window
from pages.display.text import escape
from pages.segmenting.question import Asked, in_order, of_measure, table, written
from pages.segmenting.records import clicked

MOST_DOWN, MOST_ACROSS = 15, 10

Values = Sequence[str]


def show_crossed(pair: Asked, *, key: str, take: Callable[[Values], None]) -> None:
    """Two dimensions crossed by the main measure; `take` gets the two values of a clicked cell.

    Where not all fit, the smallest are left out; bands stand in their own order. `key` begins the
    names of the widgets.
    """
    found = table(pair)
    rows = of_measure(found, pair.main)
    if rows.is_empty():
        st.caption("Nothing is in this selection.")
        return
    down, across = (
        in_order(pair, each, found, most)
        for each, most in zip(pair.by, (MOST_DOWN, MOST_ACROSS), strict=True)
    )
    is_rate = pair.main.kind is Kind.RATE
    is_flow = pair.scope.basis is Basis.FLOW

    def write(value: float | None) -> str:
        return written(pair.main, value, pair.currency, flow=is_flow)

    heat = f"{key}_heat"
    known = set(rows.select(pair.names).rows())

    def take_point() -> None:
        if point := clicked(heat):
            first, second = map(int, point["customdata"])
            values = [down[first], across[second]]
            if tuple(values) in known:
                take(values)

    with in_wide_window(heat):
        figure = segment_heat(
            rows, (down, across), (pair.names[0], pair.names[1]), write, is_rate=is_rate
        )
        alt = f"{pair.main.label} by {pair.by_words}"
        show_chart(figure, key=heat, alt=alt, on_click=take_point)
    with in_narrow_window(heat):
        _show_list(pair, rows, (down, across), write, key=key, take=take)
    _note_hidden(pair, rows, down, across)
    if pair.main.kind is not Kind.SPEND:
        st.caption("Click a cell to see its records below.")
    if is_rate:
        st.caption("Cells of under 20 are not shaded, because chance rules there.")
    offer_downloads(lambda: rows, file_stem(f"{key}_crossed", pair.scope.period))


def _note_hidden(pair: Asked, rows: pl.DataFrame, down: Values, across: Values) -> None:
    """How many cells are not drawn, and how many records they have."""
    shown = rows.filter(
        pl.col(pair.names[0]).is_in(list(down)), pl.col(pair.names[1]).is_in(list(across))
    )
    if hidden := len(rows) - len(shown):
        left = int(rows["records"].sum()) - int(shown["records"].sum())
        st.caption(
            f"The largest {len(down)} by {len(across)} values; "
            f"{formats.counted(hidden, 'cell is', 'cells are')} not drawn, with "
            f"{formats.counted(left, 'record')}. The downloads hold all."
        )


def _show_list(
    pair: Asked,
    rows: pl.DataFrame,
    values: tuple[Values, Values],
    write: Callable[[float | None], str],
    *,
    key: str,
    take: Callable[[Values], None],
) -> None:
    """One value of the second dimension at a time."""
    down, across = values
    label = pair.by[1].label.capitalize()
    chosen = choose_one(label, across, key=f"{key}_column")
    kept = rows.filter(pl.col(pair.names[1]) == chosen)
    places = {value: place for place, value in enumerate(down)}
    kept = kept.sort(
        pl.col(pair.names[0]).replace_strict(places, default=len(down), return_dtype=pl.Int64),
        maintain_order=True,
    )
    said = kept.select(
        pair.names[0],
        value=pl.Series([write(each) for each in kept["value"]], dtype=pl.String),
        records="records",
    )
    columns = {
        pair.names[0]: text(pair.by[0].label.capitalize(), pinned=True),
        "value": text(pair.main.label),
        "records": number("n"),
    }
    names = said[pair.names[0]].to_list()
    show_rows(
        said,
        alt=f"{pair.main.label} for {escape(chosen)}",
        columns=columns,
        on_cell=CellChoice(f"{key}_list", lambda row, _: take([names[row], chosen])),
    )
