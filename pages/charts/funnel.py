"""The funnel: how many reach each stage, and which part of the stage before."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import COMPARED, TEXT, drawn
from pages.display import formats

_ROW = 66
_FAINT = 0.35
_BAR = {
    "type": "bar",
    "orientation": "h",
    # What is chosen is drawn by the page, so the chart's own highlighting would be a second one.
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def funnel(
    conversion: pl.DataFrame, compared: pl.DataFrame | None = None, chosen: Stage | None = None
) -> go.Figure:
    """One bar per stage with its count and rates above it; a thin grey bar for what is compared.

    Both frames are results of `stage_conversion`. `customdata` of a bar is its stage; the bars
    beside the chosen one are faint.
    """
    rows = conversion.rows(named=True)
    faint = [_FAINT if chosen and row["stage"] != chosen else 1 for row in rows]
    bars = [
        _BAR
        | {
            "x": [row["reached"] for row in rows],
            "y": list(range(len(rows))),
            "width": 0.42,
            "name": "This period",
            "marker": {"opacity": faint},
            "customdata": [row["stage"] for row in rows],
            "hovertext": [_hover(row) for row in rows],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]
    if compared is not None:
        bars.append(
            _BAR
            | {
                "x": compared["reached"].to_list(),
                "y": [place + 0.29 for place in range(len(rows))],
                "width": 0.1,
                "name": "Compared period",
                "marker": {"color": COMPARED},
                "customdata": compared["stage"].to_list(),
                "hovertemplate": "Compared period: %{x:,}<extra></extra>",
            }
        )
    return drawn(
        bars,
        height=_ROW * len(rows) + 60,
        xaxis={"visible": False, "rangemode": "tozero"},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.65]},
        annotations=[_annotation(place, row) for place, row in enumerate(rows)],
        barmode="overlay",
        hovermode="closest",
        showlegend=compared is not None,
    )


def _annotation(place: int, row: dict[str, Any]) -> dict[str, Any]:
    """The words above a bar."""
    return {
        "x": 0,
        "y": place - 0.22,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 13},
        "text": _title(row),
    }


def _title(row: dict[str, Any]) -> str:
    stage = Stage(row["stage"])
    text = f"<b>{stage.label}</b>  {formats.count(row['reached'])}"
    if row["rate_previous"] is not None:
        text += f" · {formats.share(row['rate_previous'])} of previous"
        text += f" · {formats.share(row['rate_first'])} of first"
    return text


def _hover(row: dict[str, Any]) -> str:
    stage = Stage(row["stage"])
    lines = [f"<b>{stage.label}</b>: {formats.count(row['reached'])}"]
    if row["rate_previous"] is not None:
        lines.append(
            f"{formats.share(row['rate_previous'])} of previous: "
            f"{formats.count(row['previous_converted'])} of "
            f"{formats.count(row['previous_reached'])}"
        )
    if row["rate_previous_low"] is not None:
        lines.append(
            f"95 % interval {formats.share(row['rate_previous_low'])}"
            f" to {formats.share(row['rate_previous_high'])}"
        )
    lines.append("Click to see the records")
    return "<br>".join(lines)
