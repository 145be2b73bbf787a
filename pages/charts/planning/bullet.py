"""Bullets: how far each metric is, against its plan."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.charts.layout import BACKGROUND, COMPARED, TEXT, drawn, series_colour
from pages.display.text import escape_html

_ROW = 58
_MOST = 2.0
"""Bars end at twice the plan; the words say how much it is."""


def bullets(standing: pl.DataFrame) -> go.Figure:
    """One bar per metric as a share of its plan, with a black line at the plan.

    `standing` has the columns label and words beside target, due, actual, attainment,
    projected_low and projected_high. A mark shows what was due by now, a thin line where the month
    may end.
    """
    rows = [row for row in standing.rows(named=True) if row["attainment"] is not None]
    places = list(range(len(rows)))
    landings = [
        (place, row["projected_low"] / row["target"], row["projected_high"] / row["target"])
        for place, row in zip(places, rows, strict=True)
        if row["projected_low"] is not None and row["projected_low"] < row["projected_high"]
    ]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": [min(row["attainment"], _MOST) for row in rows],
            "y": places,
            "width": 0.34,
            "name": "Actual",
            "marker": {"color": series_colour(0)},
            "hovertext": [escape_html(row["words"]) for row in rows],
            "hovertemplate": "%{hovertext}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [min(row["due"] / row["target"], _MOST) for row in rows],
            "y": places,
            "name": "Due by now",
            "marker": {
                "symbol": "line-ns-open",
                "size": 16,
                "line": {"width": 2, "color": COMPARED},
                "color": COMPARED,
            },
            "hovertemplate": "%{x:.0%} of the plan was due<extra></extra>",
        },
    ]
    if landings:
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": [
                    x
                    for _, low, high in landings
                    for x in (min(low, _MOST), min(high, _MOST), None)
                ],
                "y": [y for place, *_ in landings for y in (place + 0.28, place + 0.28, None)],
                "name": "May end at (80%)",
                "line": {"dash": "dash", "width": 2, "color": series_colour(0)},
                "hoverinfo": "skip",
            }
        )
    line = {
        "type": "line", "x0": 1, "x1": 1, "y0": -0.5, "y1": len(rows) - 0.5,
        "line": {"color": TEXT, "width": 2},
    }  # fmt: skip
    ends = [row["attainment"] for row in rows] + [high for *_, high in landings]
    most = max([1.1, *(min(each, _MOST) * 1.05 for each in ends)])
    return drawn(
        traces,
        height=_ROW * len(rows) + 70,
        xaxis={"tickformat": ".0%", "range": [0, most], "tickvals": [0, 0.5, 1, 1.5, 2]},
        yaxis={"visible": False, "range": [len(rows) - 0.4, -0.75]},
        shapes=[line],
        annotations=[_words(place, row) for place, row in zip(places, rows, strict=True)],
        hovermode="closest",
    )


def _words(place: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "x": 0,
        "y": place - 0.2,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 13},
        "bgcolor": BACKGROUND,
        "text": f"<b>{escape_html(row['label'])}</b>  {escape_html(row['words'])}",
    }
