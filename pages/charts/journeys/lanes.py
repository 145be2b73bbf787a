"""Lanes of a timeline: a mark per kind and month, the larger the more happened."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import drawn, series_colour

_SMALLEST, _LARGEST = 8, 22


def timeline_lanes(lanes: pl.DataFrame) -> go.Figure:
    """`lanes` is the result of `timeline_lanes`; merges, which have no day, are not drawn.

    A mark's area grows with the number of events of its month, whatever the kind.
    """
    dated = lanes.filter(pl.col("month_on").is_not_null())
    most = max(dated["events"].to_list(), default=1)
    names = dated["lane"].unique(maintain_order=True).to_list()
    traces = [_lane(name, dated.filter(lane=name), most, place) for place, name in enumerate(names)]
    return drawn(
        traces,
        height=72 + 34 * len(names),
        xaxis={"type": "date", "hoverformat": "%B %Y"},
        yaxis={
            "categoryorder": "array", "categoryarray": names[::-1], "tickvals": names,
            "ticktext": [name.capitalize() for name in names],
            "range": [-0.6, len(names) - 0.4],
        },
        showlegend=False,
    )  # fmt: skip


def _lane(name: str, rows: pl.DataFrame, most: int, place: int) -> dict[str, Any]:
    sizes = [
        _SMALLEST + (_LARGEST - _SMALLEST) * (events / most) ** 0.5 for events in rows["events"]
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": rows["month_on"].to_list(),
        "y": [name] * len(rows),
        "marker": {"size": sizes, "color": series_colour(place), "opacity": 0.85},
        "hovertext": [
            f"<b>{name.capitalize()}, {month:%B %Y}</b><br>{formats.counted(events, 'event')}"
            for month, events in rows.select("month_on", "events").iter_rows()
        ],
        "hoverinfo": "text",
    }
