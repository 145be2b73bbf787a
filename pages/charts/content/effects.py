"""What assets add, each with its interval and the placebo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import BACKGROUND, COMPARED, SMALL_TEXT, TEXT, drawn, series_colour
from pages.display.text import escape_html

MOST_EFFECTS = 12

FEWEST_OF_PLACEBO = 20
"""A placebo of fewer readers is not shown: it says nothing."""

_ROW = 58
_LONGEST = 48


def effects(found: pl.DataFrame, *, before: str = "before it was read") -> go.Figure:
    """A row per asset: what it adds with its interval, and the placebo's below it, hollow.

    `before` says of which time the placebo is.

    `found` has columns as `content_effect`, none of adds and its bounds null; the first
    MOST_EFFECTS rows are drawn, in their order. A placebo of under FEWEST_OF_PLACEBO is left out.
    """
    enough = pl.when(pl.col("placebo_readers") >= FEWEST_OF_PLACEBO)
    placebos = ("placebo", "placebo_low", "placebo_high")
    told = found.head(MOST_EFFECTS).with_columns(enough.then(name).alias(name) for name in placebos)
    rows = told.rows(named=True)
    traces = [
        _dots(rows, "adds", "Adds", 0.08, "circle", series_colour(0)),
        _dots(rows, "placebo", f"Placebo: {before}", 0.3, "circle-open", COMPARED),
    ]
    # A placebo of few may reach from −100 to 100%: its interval may leave the picture.
    ends = [row[name] for row in rows for name in ("adds_low", "adds_high")]
    ends += [row["placebo"] for row in rows if row["placebo_low"] is not None]
    return drawn(
        traces,
        height=_ROW * len(rows) + 80,
        xaxis={
            "tickformat": "+.0%",
            "nticks": 5,
            "range": [min(0, *ends, -0.01) * 1.1, max(0, *ends, 0.01) * 1.1],
            "zeroline": True,
            "zerolinecolor": SMALL_TEXT,
        },
        yaxis={"visible": False, "range": [len(rows) - 0.4, -0.8]},
        annotations=[_title(place, row) for place, row in enumerate(rows)],
        hovermode="closest",
    )


def _dots(
    rows: Sequence[dict[str, Any]], of: str, name: str, down: float, symbol: str, colour: str
) -> dict[str, Any]:
    told = [(place, row) for place, row in enumerate(rows) if row[f"{of}_low"] is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [row[of] for _, row in told],
        "y": [place + down for place, _ in told],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [row[f"{of}_high"] - row[of] for _, row in told],
            "arrayminus": [row[of] - row[f"{of}_low"] for _, row in told],
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        "marker": {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2}},
        "customdata": [row["content_id"] for _, row in told],
        "hovertext": [
            f"<b>{escape_html(row['content'])}</b><br>{name}: {formats.points(row[of])}"
            for _, row in told
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _title(place: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "xref": "paper",
        "x": 0,
        "y": place - 0.12,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 12},
        "bgcolor": BACKGROUND,
        "text": f"{escape_html(_cut(row['content']))}  <b>{row['verdict']}</b>",
    }


def _cut(title: str) -> str:
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 1]}…"
