"""Budget: what an MQL cost by how much was spent, and what went with spend where a curve shows."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, drawn, series_colour
from pages.display.text import escape_html

MOST_CHANNELS = 10

_ROW = 54
_NAMES = {"low": "Least spend", "middle": "Middle", "high": "Most spend"}
_APART = {"low": -0.22, "middle": 0.0, "high": 0.22}
_SYMBOLS = {"low": "circle-open", "middle": "circle", "high": "square"}


def tercile_costs(terciles: pl.DataFrame, currency: str) -> go.Figure:
    """Three marks per channel, one below the other: the cost per MQL in each third of its months.

    `terciles` has the columns channel, tercile, periods, period, spend_amount, mqls, cost, cost_low
    and cost_high, channels in their order. Lines are the 95% bounds; one that has no end is cut.
    """
    channels = terciles["channel"].unique(maintain_order=True).head(MOST_CHANNELS).to_list()
    rows = terciles.filter(pl.col("channel").is_in(channels), pl.col("cost").is_not_null())
    traces = [
        _marks(rows.filter(tercile=each).rows(named=True), each, channels, currency)
        for each in _NAMES
    ]
    return drawn(
        traces,
        height=_ROW * len(channels) + 90,
        xaxis={"title": {"text": f"Cost per MQL, {currency}"}, "rangemode": "tozero", "nticks": 5},
        yaxis={
            "tickvals": list(range(len(channels))),
            "ticktext": [escape_html(each) for each in channels],
            "range": [len(channels) - 0.4, -0.6],
            "zeroline": False,
        },
        hovermode="closest",
    )


def _marks(
    rows: list[dict[str, Any]], tercile: str, channels: list[str], currency: str
) -> dict[str, Any]:
    place = list(_NAMES).index(tercile)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": _NAMES[tercile],
        "x": [row["cost"] for row in rows],
        "y": [channels.index(row["channel"]) + _APART[tercile] for row in rows],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [(row["cost_high"] or 2 * row["cost"]) - row["cost"] for row in rows],
            "arrayminus": [row["cost"] - row["cost_low"] for row in rows],
            "thickness": 1.5,
            "width": 4,
        },
        "marker": {"symbol": _SYMBOLS[tercile], "size": 9, "color": series_colour(place)},
        "hovertext": [
            f"<b>{escape_html(row['channel'])}</b>, {_NAMES[tercile].lower()}"
            f"<br>{formats.money(row['spend_amount'], currency)} in"
            f" {formats.counted(row['periods'], row['period'])}, {formats.count(row['mqls'])} MQLs"
            f"<br>{formats.money(row['cost'], currency)} per MQL"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def response_curve(levels: pl.DataFrame, today: float | None, currency: str) -> go.Figure:
    """The MQLs that go with a steady spend per week, with their 95% band, and where today is.

    `levels` has the columns spend_per_week, mqls, mqls_low and mqls_high of one channel, in order.
    """
    spend = levels["spend_per_week"].to_list()
    shared = {"type": "scatter", "x": spend, "hoverinfo": "skip", "showlegend": False}
    band = {"mode": "lines", "line": {"width": 0}, "fillcolor": "rgba(128, 128, 128, 0.25)"}
    traces: list[dict[str, Any]] = [
        shared | band | {"y": levels["mqls_low"].to_list()},
        shared | band | {"y": levels["mqls_high"].to_list(), "fill": "tonexty"},
        {
            "type": "scatter",
            "mode": "lines",
            "x": spend,
            "y": levels["mqls"].to_list(),
            "line": {"color": series_colour(0), "width": 2},
            "showlegend": False,
            "hovertemplate": "%{x:,.0f} a week: %{y:,.1f} MQLs<extra></extra>",
        },
    ]
    line = {
        "type": "line", "x0": today, "x1": today, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": COMPARED, "width": 1, "dash": "dot"},
    }  # fmt: skip
    return drawn(
        traces,
        height=320,
        xaxis={
            "title": {"text": f"Spend per week, {currency}"},
            "rangemode": "tozero",
            "nticks": 5,
        },
        yaxis={"title": {"text": "MQLs per week"}, "rangemode": "tozero", "nticks": 5},
        shapes=[] if today is None else [line],
    )
