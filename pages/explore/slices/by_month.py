"""The largest segments month by month, each on a scale of its own."""

from __future__ import annotations

from functools import partial

import streamlit as st

from data.errors import MetricError
from metrics.scope import Basis
from metrics.segments.measures import Kind
from metrics.segments.segment_months import segment_months
from metrics.wording import formats
from pages.charts.segments import segment_course
from pages.controls.captions import show_unfinished_months
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.problems import show_unanswered
from pages.controls.tables import show_chart
from pages.display.text import escape
from pages.explore.slices.records import take_month
from pages.segmenting.question import Asked, cells, of_measure, segment_name, table, written
from pages.segmenting.records import months_of

DRAWN = 6


def show_months(asked: Asked) -> None:
    """A small chart per segment, of those with the most records."""
    found = of_measure(table(asked), asked.main)
    top = found.sort("records", *asked.names, descending=[True, *(False for _ in asked.names)])
    top = top.head(DRAWN)
    segments = cells(asked, top)
    try:
        months = measure(
            segment_months, asked.scope, asked.by, asked.main, tuple(segments.values())
        )
    except MetricError as money:
        show_unanswered(money)
        return
    if months.is_empty():
        st.caption("Nothing is in this selection.")
        return
    is_rate, is_flow = asked.main.kind is Kind.RATE, asked.scope.basis is Basis.FLOW

    def write(value: float | None) -> str:
        return written(asked.main, value, asked.currency, flow=is_flow)

    named = months.with_columns(segment_name(asked))
    with st.grid(3, min_column_width=260):
        for place, name in enumerate(segments):
            with st.container():
                st.markdown(f"**{escape(name)}**")
                key = f"segments_month_{place}"
                show_chart(
                    segment_course(named.filter(segment=name), write, is_rate=is_rate),
                    key=key,
                    alt=f"{asked.main.label} of {name} by month",
                    on_click=partial(_take_click, asked, key, name),
                )
    show_unfinished_months(months)
    left = len(found) - len(top)
    basis = (
        "in the month, whenever they came in"
        if is_flow
        else "of those that entered in the month; the youngest may still rise"
    )
    more = f" {formats.counted(left, 'segment is', 'segments are')} not drawn." if left else ""
    st.caption(
        f"{asked.main.label}, {basis}. Scales differ.{more} Click a point to see its records below."
    )
    offer_downloads(lambda: months, file_stem("segment_months", asked.scope.period))


def _take_click(asked: Asked, key: str, segment: str) -> None:
    """Open the records of the month whose point was clicked."""
    if points := st.session_state[key]["selection"]["points"]:
        names = list(months_of(asked.scope))
        take_month(segment, asked.main, names[points[0]["point_index"]])
