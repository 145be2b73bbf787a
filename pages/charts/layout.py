"""What all charts share: margins, fonts and axes that follow the theme."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

UNFINISHED = "dash"
"""The line to a month of which only some days are seen. No other line is dashed."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star")

# Streamlit replaces these place holders by the theme's categorical colours, number eight to ten, in
# the browser, and those of series_colour by the first seven: the only way to a colour that follows
# the reader's theme. Other colours would be unreadable on either the light or the dark one.
COMPARED = "#000008"
SMALL_TEXT = "#000009"
TEXT = "#000010"
BACKGROUND = "#000038"
"""Behind words that lie over lines. The theme's background, as the colours above."""

_AXIS = {"fixedrange": True, "automargin": True, "tickfont": {"color": SMALL_TEXT}}
_MOST_TICKS = 8
"""So many months have room for their names in a narrow window."""


def series_colour(place: int) -> str:
    """The theme's colour of a series by its place, from 0: the same wherever it is drawn.

    >>> series_colour(0)
    '#000001'
    """
    return f"#{place + 1:06d}"


def month_axis(months: pl.DataFrame) -> dict[str, Any]:
    """An axis with a tick at each month drawn, or at every second or third up to the last.

    `months` has the columns month_on, days_seen and days_in_month. The year stands where it begins;
    a month of which only some days are seen says so.
    """
    drawn_months = months.select("month_on", "days_seen", "days_in_month").unique().sort("month_on")
    step = -(-len(drawn_months) // _MOST_TICKS) or 1
    ticks = (
        drawn_months[(len(drawn_months) - 1) % step :: step] if len(drawn_months) else drawn_months
    )
    texts = []
    year = None
    for month, seen, days in ticks.iter_rows():
        text = f"{month:%b}" + ("" if month.year == year else f"<br>{month.year}")
        texts.append(text + ("" if seen == days else f"<br>{seen} of<br>{days} days"))
        year = month.year
    return {
        "tickvals": ticks["month_on"].to_list(),
        "ticktext": texts,
        "tickangle": 0,
        "hoverformat": "%B %Y",
    }


def drawn(
    traces: Sequence[Any],
    *,
    height: int,
    xaxis: dict[str, Any],
    yaxis: dict[str, Any],
    **layout: Any,
) -> go.Figure:
    """The figure with the look of all charts: no frame, little margin, hover on one side.

    Made in one go, because each later change of a figure checks all of it again.
    """
    common = {
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "font": {"color": TEXT},
    }
    axes = {"xaxis": _AXIS | xaxis, "yaxis": _AXIS | yaxis}
    return go.Figure(list(traces), common | axes | {"height": height} | layout)
