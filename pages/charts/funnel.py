"""The funnel: how many reach each stage, and which part of the stage before."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import COMPARED, TEXT, laid_out
from pages.controls import formats

_ROW = 66
_FAINT = 0.35


def funnel(
    conversion: pl.DataFrame, compared: pl.DataFrame | None = None, chosen: Stage | None = None
) -> go.Figure:
    """One bar per stage with its count and rates above it; a thin grey bar for what is compared.

    Both frames are results of `stage_conversion`. `customdata` of a bar is its stage; the bars
    beside the chosen one are faint.
    """
    rows = conversion.rows(named=True)
    faint = [_FAINT if chosen and row["stage"] != chosen else 1 for row in rows]
    places = list(range(len(rows)))
    figure = go.Figure()
    figure.add_bar(
        x=[row["reached"] for row in rows],
        y=places,
        orientation="h",
        width=0.42,
        name="This period",
        marker={"opacity": faint},
        customdata=[row["stage"] for row in rows],
        hovertext=[_hover(row) for row in rows],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    if compared is not None:
        figure.add_bar(
            x=compared["reached"].to_list(),
            y=[place + 0.29 for place in places],
            orientation="h",
            width=0.1,
            name="Compared period",
            marker={"color": COMPARED},
            customdata=compared["stage"].to_list(),
            hovertemplate="Compared period: %{x:,}<extra></extra>",
        )
    for place, row in zip(places, rows, strict=True):
        figure.add_annotation(
            x=0,
            y=place - 0.22,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            align="left",
            font={"color": TEXT, "size": 13},
            text=_title(row),
        )
    figure.update_yaxes(visible=False, range=[len(rows) - 0.5, -0.65])
    figure.update_xaxes(visible=False, rangemode="tozero")
    # What is chosen is drawn by the page, so the chart's own highlighting would be a second one.
    figure.update_traces(selected_marker_opacity=1, unselected_marker_opacity=1)
    return laid_out(
        figure,
        height=_ROW * len(rows) + 60,
        barmode="overlay",
        hovermode="closest",
        showlegend=compared is not None,
    )


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
