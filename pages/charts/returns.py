"""Which channel: what was spent against what an opportunity cost, as large as the pipeline."""

from __future__ import annotations

import math
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import SMALL_TEXT, TEXT, drawn, series_colour
from pages.display.text import escape_html

MOST_MARKS = 15

_LARGEST = 46
_SMALLEST = 10


def quadrant(returns: pl.DataFrame, currency: str) -> go.Figure:
    """A mark per segment: spend to the right, cost per opportunity upwards, pipeline as its area.

    `returns` has the columns segment, spend_amount, cost_per_opportunity and pipeline_amount, none
    of the first three null. Each mark has its name beside it; `customdata` is its segment. Lines
    are the median of both, so that dear and large stands at the upper right.
    """
    rows = returns.head(MOST_MARKS).rows(named=True)
    spend = [float(row["spend_amount"]) for row in rows]
    cost = [row["cost_per_opportunity"] for row in rows]
    largest = max((float(row["pipeline_amount"] or 0) for row in rows), default=0) or 1
    marks: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers+text",
        "x": spend,
        "y": cost,
        "text": [escape_html(row["segment"]) for row in rows],
        "textposition": [_SIDES[place] for place in _ranks(spend)],
        "textfont": {"color": TEXT, "size": 12},
        "customdata": [row["segment"] for row in rows],
        "marker": {
            "size": [_size(row["pipeline_amount"], largest) for row in rows],
            "color": series_colour(0),
            "opacity": 0.75,
            "line": {"width": 1},
        },
        "hovertext": [
            f"<b>{escape_html(row['segment'])}</b>"
            f"<br>Spend {formats.money(row['spend_amount'], currency)}"
            f"<br>Cost per opportunity {formats.money(row['cost_per_opportunity'], currency)}"
            f"<br>Pipeline {formats.money(row['pipeline_amount'], currency)}"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
    return drawn(
        [marks],
        height=420,
        xaxis={"title": {"text": f"Spend, {currency}"}, "rangemode": "tozero", "nticks": 6},
        yaxis={
            "title": {"text": f"Cost per opportunity, {currency}"},
            "rangemode": "tozero",
            "nticks": 6,
        },
        shapes=[_line("x", spend), _line("y", cost)] if rows else [],
        showlegend=False,
        hovermode="closest",
    )


_SIDES = ("top center", "bottom center")


def _ranks(values: list[float]) -> list[int]:
    """Of each value whether its place is even or odd, so that neighbours are named apart."""
    order = sorted(range(len(values)), key=values.__getitem__)
    return [order.index(place) % 2 for place in range(len(values))]


def _size(pipeline: object, largest: float) -> float:
    """By area, and never too small to be seen."""
    part = float(str(pipeline or 0)) / largest
    return max(_SMALLEST, _LARGEST * math.sqrt(part))


def _line(axis: str, values: list[float]) -> dict[str, Any]:
    middle = sorted(values)[len(values) // 2]
    along, across = ("y", "x") if axis == "x" else ("x", "y")
    return {
        "type": "line",
        f"{across}0": middle,
        f"{across}1": middle,
        f"{across}ref": across,
        f"{along}0": 0,
        f"{along}1": 1,
        f"{along}ref": "paper",
        "line": {"color": SMALL_TEXT, "width": 1, "dash": "dot"},
        "layer": "below",
    }
