"""How many convert, and how soon: shares by the days since entry."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.charts.layout import drawn, series_colour
from pages.display.text import escape_html

MOST_LINES = 7
"""So many lines have a colour of the theme each."""


def incidence_curves(curves: pl.DataFrame, dimension: str | None = None) -> go.Figure:
    """The share converted by each day since entry, as steps; a line per segment.

    `curves` is the result of `incidence_curve`, or with `dimension` of `incidence_curve_by`, whose
    first MOST_LINES segments are drawn. A line ends at the last age that it can be followed to.
    """
    if dimension is None:
        lines = [_line(curves, "Everyone", 0)]
    else:
        segments = curves[dimension].unique(maintain_order=True).to_list()[:MOST_LINES]
        lines = [
            _line(curves.filter(pl.col(dimension) == segment), segment, place)
            for place, segment in enumerate(segments)
        ]
    return drawn(
        lines,
        height=360,
        xaxis={"title": {"text": "Days since entry"}, "rangemode": "tozero", "nticks": 8},
        yaxis={"rangemode": "tozero", "tickformat": ".1%", "nticks": 6},
        hovermode="closest",
    )


def _line(rows: pl.DataFrame, name: str, place: int) -> dict[str, Any]:
    shown = escape_html(name)
    return {
        "type": "scatter",
        # Only marks can be clicked: unseen ones lie on the line.
        "mode": "lines+markers",
        "marker": {"size": 8, "opacity": 0},
        "name": shown,
        "x": rows["age_days"].to_list(),
        "y": rows["rate"].to_list(),
        "line": {"shape": "hv", "width": 2, "color": series_colour(place)},
        "customdata": rows["at_risk"].to_list(),
        "hovertemplate": f"<b>{shown}</b><br>%{{y:.1%}} within %{{x}} days"
        "<br>%{customdata:,} still open then<extra></extra>",
    }
