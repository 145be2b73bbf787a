"""Which records the page shows: of a segment, a measure and a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl
import streamlit as st

from metrics.scope import Basis
from metrics.segments.measures import Kind, Measure
from metrics.segments.segment_records import Behind, behind
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.display.text import escape
from pages.segmenting.question import TIMES, Asked, Cell, cells, of_measure
from pages.segmenting.records import months_of, reached, show_behind

SEGMENT, MEASURE, NUMBER = "segments_cell", "segments_of", "segments_cell_page"

MONTH = "segments_in"

WHOLE = "The whole period"

_BELOW = "segments_records_below"

NO_CELL = "Choose a segment"

LISTED = 500
"""So many segments can be chosen from; beyond these a filter has to narrow them."""


def take_cell(segment: str, measure: Measure) -> None:
    """Open the records of a cell; for the callback of a click."""
    st.session_state[SEGMENT] = segment
    st.session_state[MEASURE] = measure.label
    st.session_state[MONTH] = WHOLE
    st.session_state[NUMBER] = 1
    st.session_state[_BELOW] = False


def take_crossed(values: Sequence[str], measure: Measure) -> None:
    """Open the records of a crossed cell below the crossing; for the callback of a click."""
    take_cell(TIMES.join(values), measure)
    st.session_state[_BELOW] = True


def take_month(segment: str, measure: Measure, month: str) -> None:
    """Open the records of one month of a segment below its chart; for the callback of a click.

    `month` is the name of a part of the period, as `months_of` has it.
    """
    take_cell(segment, measure)
    st.session_state[MONTH] = month
    st.session_state[_BELOW] = True


def are_below() -> bool:
    """Whether records stand below what was clicked last: a crossed cell, or a month's point."""
    return bool(st.session_state.get(_BELOW))


def show_records(asked: Asked, found: pl.DataFrame) -> None:
    """A segment and a measure to choose, and whoever is behind the number."""
    rows = of_measure(found, asked.main)
    known = _listed(asked, rows)
    labels = {each.label: each for each in asked.measures if each.kind is not Kind.SPEND}
    if not labels:
        st.caption("Spend is of campaigns and days: it has no leads or deals behind it.")
        return
    with st.container(horizontal=True, gap="medium"):
        segment = choose_one("Records of", [NO_CELL, *known], key=SEGMENT, width=360)
        chosen = labels[choose_one("Counted as", labels, key=MEASURE, width=220)]
        months = months_of(asked.scope)
        month = choose_one("In", [WHOLE, *months], key=MONTH, width=200)
    if len(rows) > LISTED:
        st.caption(f"The first {LISTED} of {formats.count(len(rows))} segments can be chosen here.")
    if segment == NO_CELL:
        st.caption("Click a number in the table, or choose a segment here.")
        return
    if month in months:
        asked = replace(asked, scope=replace(asked.scope, period=months[month]))
    _show(asked, segment, known[segment], chosen, month if month in months else "")


def _listed(asked: Asked, rows: pl.DataFrame) -> dict[str, Cell]:
    """The first segments, the one that was clicked, and of three dimensions the crossed two."""
    known = cells(asked, rows)
    chosen = st.session_state.get(SEGMENT)
    listed = {
        name: cell for place, (name, cell) in enumerate(known.items())
        if place < LISTED or name == chosen
    }  # fmt: skip
    if len(asked.by) < 3:
        return listed
    pair = Asked(asked.scope, asked.measures, asked.by[:2])
    return listed | cells(pair, rows.unique(pair.names, maintain_order=True).head(LISTED))


def _reached(of_cell: Behind, month: str) -> str:
    """What the records have in common, with the month where one is chosen."""
    done = reached(of_cell.stage)
    if not month:
        return done
    if of_cell.scope.basis is Basis.FLOW:
        return f"{done} in {month}"
    is_first = of_cell.stage is of_cell.scope.unit.stages[0]
    return f"entered in {month}" + ("" if is_first else f" and {done}")


def _show(asked: Asked, segment: str, cell: Cell, chosen: Measure, month: str) -> None:
    """The records of one cell; spend has none."""
    of_cell = behind(asked.scope, cell, chosen)
    if of_cell is None:
        st.info(f"Nobody is behind this number of {escape(segment)}.", icon=":material/info:")
        return
    show_behind(of_cell, f"of {escape(segment)} that {_reached(of_cell, month)}", key=SEGMENT)
