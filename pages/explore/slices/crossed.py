"""The first dimension against the second: a heat map, and a list in a narrow window."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from metrics.scope import Basis
from metrics.segments.measures import Kind, Measure
from metrics.wording import formats
from pages.charts.segments import segment_heat
from pages.controls.address import choose_one
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.tables import CellChoice, show_chart, show_rows
from pages.controls.width import in_narrow_window, in_wide_window
from pages.display.text import escape
from pages.explore.slices.asked import Asked, in_order, of_measure, table, written
from pages.explore.slices.records import take_crossed

MOST_DOWN, MOST_ACROSS = 15, 10

_HEAT = "segments_heat"


def show_crossed(asked: Asked) -> None:
    """Of three dimensions the first two are crossed, all values of the third together."""
    if len(asked.by) < 2:
        st.caption("Choose a second dimension above to cross the two.")
        return
    pair = Asked(asked.scope, (asked.main,), asked.by[:2])
    found = table(pair)
    rows = of_measure(found, asked.main)
    if rows.is_empty():
        st.caption("Nothing is in this scope.")
        return
    down, across = (in_order(pair, each, found) for each in pair.by)
    down, across = _fitting(down, MOST_DOWN), _fitting(across, MOST_ACROSS)
    is_rate = asked.main.kind is Kind.RATE
    is_flow = asked.scope.basis is Basis.FLOW

    def write(value: float | None) -> str:
        return written(asked.main, value, asked.currency, flow=is_flow)

    alt = f"{asked.main.label} by {pair.by_words}"
    with in_wide_window(_HEAT):
        figure = segment_heat(
            rows, (down, across), (pair.names[0], pair.names[1]), write, is_rate=is_rate
        )
        show_chart(figure, key=_HEAT, alt=alt, on_click=partial(_take_click, asked.main))
    with in_narrow_window(_HEAT):
        _show_list(pair, rows, across, write)
    hidden = len(rows) - len(
        rows.filter(pl.col(pair.names[0]).is_in(down), pl.col(pair.names[1]).is_in(across))
    )
    if hidden:
        st.caption(
            f"The first {len(down)} by {len(across)} values; "
            f"{formats.counted(hidden, 'cell is', 'cells are')} not shown, the downloads hold all."
        )
    if asked.main.kind is not Kind.SPEND:
        st.caption("Click a cell to see its records below.")
    if is_rate:
        st.caption("Cells of under 20 are not shaded, because chance rules there.")
    offer_downloads(lambda: rows, file_stem("segments_crossed", asked.scope.period))


def _take_click(main: Measure) -> None:
    """Open the records of the cell that was clicked."""
    if points := st.session_state[_HEAT]["selection"]["points"]:
        take_crossed(points[0]["customdata"], main)


def _fitting(values: list[str], most: int) -> list[str]:
    return values[:most]


def _show_list(pair: Asked, rows: pl.DataFrame, across: list[str], write: object) -> None:
    """One value of the second dimension at a time."""
    assert callable(write)
    label = pair.by[1].label.capitalize()
    chosen = choose_one(label, across, key="segments_column")
    kept = rows.filter(pl.col(pair.names[1]) == chosen)
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
        on_cell=CellChoice(
            "segments_list", lambda row, _: take_crossed([names[row], chosen], pair.main)
        ),
    )
