"""Rates of groups of leads with their bounds, one below the other."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, SYMBOLS, drawn, series_colour
from pages.display.text import escape_html

_LONGEST_NAME = 22


def rate_dots(
    rows: pl.DataFrame, name: str, *, title: str, expected: str | None = None
) -> go.Figure:
    """A dot per group with its bounds; with `expected`, a hollow one for what was promised.

    `rows` have the column `name` of the groups and `rate`, `rate_low`, `rate_high`, `leads`; groups
    without a rate stand there without a dot.
    """
    names = [str(each) for each in rows[name]]
    rated = [(str(place), row) for place, row in enumerate(rows.rows(named=True))
             if row["rate"] is not None]  # fmt: skip
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "Seen",
            "y": [place for place, _ in rated],
            "x": [row["rate"] for _, row in rated],
            "marker": {"symbol": SYMBOLS[0], "size": 11, "color": series_colour(0)},
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [(row["rate_high"] or row["rate"]) - row["rate"] for _, row in rated],
                "arrayminus": [row["rate"] - (row["rate_low"] or row["rate"]) for _, row in rated],
                "color": COMPARED,
            },
            "hovertext": [
                f"<b>{escape_html(str(row[name]))}</b><br>{formats.share(row['rate'])} of"
                f" {formats.counted(row['leads'], 'lead')}"
                for _, row in rated
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]
    if expected is not None:
        told = [(place, row) for place, row in rated if row[expected] is not None]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "Promised by the score",
                "y": [place for place, _ in told],
                "x": [row[expected] for _, row in told],
                "marker": {"symbol": "diamond-open", "size": 11, "color": series_colour(1)},
                "hovertemplate": "%{x:.1%}<extra></extra>",
            }
        )
    cut = [n if len(n) <= _LONGEST_NAME else f"{n[: _LONGEST_NAME - 1]}…" for n in names]
    return drawn(
        traces,
        height=100 + 40 * len(names),
        xaxis={"title": {"text": title}, "tickformat": ".0%", "rangemode": "tozero", "nticks": 6},
        yaxis={
            "range": [len(names) - 0.5, -0.5],
            "type": "linear",
            "showgrid": False,
            "tickvals": list(range(len(names))),
            "ticktext": [escape_html(each) for each in cut],
        },
        showlegend=expected is not None,
    )
