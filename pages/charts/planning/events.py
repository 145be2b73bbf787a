"""An event's steps: how many people get to each, with ranges, and how many did so far."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, TEXT, drawn

_ROW = 62


def steps_of_event(steps: pl.DataFrame) -> go.Figure:
    """One bar per step with its 80% range and its words above; a thin bar for what is so far.

    `steps` has the columns label, low, middle, high, rate_middle, is_assumed and so_far; a middle
    that is null is a step nobody can tell, a so_far that is null has no bar.
    """
    rows = steps.rows(named=True)
    known = [(place, row) for place, row in enumerate(rows) if row["middle"] is not None]
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": [row["middle"] for _, row in known],
        "y": [place for place, _ in known],
        "width": 0.4,
        "name": "Plan, middle and 80% range",
        "error_x": {
            "type": "data",
            "array": [row["high"] - row["middle"] for _, row in known],
            "arrayminus": [row["middle"] - row["low"] for _, row in known],
            "thickness": 1.5,
            "width": 4,
            "color": TEXT,
        },
        "hovertext": [_words(row) for _, row in known],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    bars: list[dict[str, Any]] = [bar]
    counted = [(place, row) for place, row in enumerate(rows) if row["so_far"] is not None]
    if counted:
        bars.append(
            {
                "type": "bar",
                "orientation": "h",
                "x": [row["so_far"] for _, row in counted],
                "y": [place + 0.29 for place, _ in counted],
                "width": 0.12,
                "name": "So far",
                "marker": {"color": COMPARED},
                "hovertemplate": "So far: %{x:,}<extra></extra>",
            }
        )
    return drawn(
        bars,
        height=_ROW * len(rows) + 60,
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.65]},
        annotations=[
            {
                "x": 0,
                "y": place - 0.21,
                "xanchor": "left",
                "yanchor": "bottom",
                "showarrow": False,
                "align": "left",
                "font": {"color": TEXT, "size": 13},
                "text": _words(row),
            }
            for place, row in enumerate(rows)
        ],
        barmode="overlay",
        hovermode="closest",
        showlegend=bool(counted),
    )


def _words(row: dict[str, Any]) -> str:
    name = f"<b>{row['label']}</b>"
    if row["middle"] is None:
        return f"{name}  not known"
    text = f"{name}  {formats.count(row['middle'])}"
    if row["low"] != row["high"]:
        text += f" ({formats.count(row['low'])} to {formats.count(row['high'])})"
    if row["rate_middle"] is not None:
        text += f" · {formats.share(row['rate_middle'])}"
        text += " assumed" if row["is_assumed"] else ""
    return text
