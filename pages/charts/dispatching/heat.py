"""Rates of sellers by segment, as a table whose shade follows the rate."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import TEXT, drawn
from pages.display.text import escape_html

MOST_SEGMENTS, MOST_SELLERS = 15, 10

_LONGEST_NAME = 14


def seller_heat(rates: pl.DataFrame) -> go.Figure:
    """Rows are segments, columns sellers, the largest first; each cell says its rate and leads.

    `rates` is the result of `seller_segments`.
    """
    segments = _largest(rates, "segment")[:MOST_SEGMENTS]
    sellers = _largest(rates, "seller")[:MOST_SELLERS]
    cells = {(row["segment"], row["seller"]): row for row in rates.iter_rows(named=True)}
    found = [[cells.get((segment, seller)) for seller in sellers] for segment in segments]
    heat = {
        "type": "heatmap",
        "z": [[cell["rate"] if cell else None for cell in row] for row in found],
        "x": list(range(len(sellers))),
        "y": [str(place) for place in range(len(segments))],
        "text": [
            [
                f"{formats.share(cell['rate'])}<br><sub>n {formats.count(cell['leads'])}</sub>"
                if cell
                else formats.NOTHING
                for cell in row
            ]
            for row in found
        ],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hoverinfo": "text",
        "xgap": 3,
        "ygap": 3,
        "showscale": False,
    }
    return drawn(
        [heat],
        height=70 + 44 * len(segments),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(range(len(sellers))),
            "ticktext": [_cut(each) for each in sellers],
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": [str(place) for place in range(len(segments))],
            "ticktext": [_cut(each) for each in segments],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _largest(rates: pl.DataFrame, name: str) -> list[str]:
    sizes = rates.group_by(name).agg(pl.col("leads").sum()).sort(-pl.col("leads"), name)
    found: list[str] = sizes[name].to_list()
    return found


def _cut(name: str) -> str:
    return escape_html(name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…")
