"""Follow-up: MQLs in time, late and without a response, a bar per segment."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, drawn, series_colour
from pages.display.text import escape_html

MOST = 20
"""So many segments are drawn, those with the most MQLs without a response."""

_LONGEST_NAME = 18

_STATES = {
    "in_time": ("In time", ""),
    "late": ("Late", "."),
    "overdue": ("No response", "/"),
    "waiting": ("Waiting", "-"),
    "no_calendar": ("No calendar", "x"),
}
"""Told apart without colour as well."""


def state_bars(rows: pl.DataFrame) -> go.Figure:
    """A bar per segment, stacked by what became of its MQLs; `rows` are of `follow_up_states`.

    A part's `customdata` are the segment and the name of the state.
    """
    shown = rows.head(MOST).reverse()
    names = shown["segment"].to_list()
    places = [str(place) for place in range(len(names))]
    colours = {"in_time": 0, "late": 2, "overdue": 1, "waiting": 3}
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": title,
            "y": places,
            "x": shown[state].to_list(),
            "marker": {
                "color": series_colour(colours[state]) if state in colours else COMPARED,
                "pattern": {"shape": pattern},
            },
            "hovertext": [
                f"<b>{escape_html(name)}</b>: {title.lower()}<br>{formats.count(many)}"
                f" of {formats.count(of)}"
                for name, many, of in shown.select("segment", state, "handed_over").iter_rows()
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "customdata": [[name, title] for name in names],
        }
        for state, (title, pattern) in _STATES.items()
        if shown[state].sum()
    ]
    return drawn(
        traces,
        height=100 + 28 * len(names),
        xaxis={"title": {"text": "MQLs"}, "rangemode": "tozero", "nticks": 6, "tickformat": ",d"},
        yaxis={
            "tickvals": places,
            "ticktext": [escape_html(_short(name)) for name in names],
            "type": "category",
        },
        barmode="stack",
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
