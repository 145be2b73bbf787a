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
    of the first three null. A mark has its name beside it where there is room for it, else only
    under the pointer; `customdata` is its segment. Lines are the median of both, so that dear and
    large stands at the upper right.
    """
    rows = returns.head(MOST_MARKS).rows(named=True)
    spend = [float(row["spend_amount"]) for row in rows]
    cost = [row["cost_per_opportunity"] for row in rows]
    largest = max((float(row["pipeline_amount"] or 0) for row in rows), default=0) or 1
    sizes = [_size(row["pipeline_amount"], largest) for row in rows]
    sides = _sides([row["segment"] for row in rows], spend, cost, sizes)
    marks: dict[str, Any] = {
        "type": "scatter",
        "mode": "markers+text",
        "x": spend,
        "y": cost,
        "text": [
            escape_html(row["segment"]) if side else ""
            for row, side in zip(rows, sides, strict=True)
        ],
        "textposition": [side or "middle right" for side in sides],
        "textfont": {"color": TEXT, "size": 12},
        "customdata": [row["segment"] for row in rows],
        "marker": {
            "size": sizes,
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


_WIDE, _HIGH = 340.0, 320.0
"""As if marks had so much room, in pixels: more than a phone has, and less than a desk."""

_LETTER, _LINE = 6.5, 15.0
"""About how wide a letter and how high a line is."""

Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in pixels."""


def _sides(
    names: list[str], spend: list[float], cost: list[float], sizes: list[float]
) -> list[str | None]:
    """On which side of its mark each name stands, clear of other names and marks; None for none."""
    across, up = _WIDE / (max(spend, default=0) or 1), _HIGH / (max(cost, default=0) or 1)
    centres = [(x * across, y * up) for x, y in zip(spend, cost, strict=True)]
    marks = [
        (x - size / 2, y - size / 2, x + size / 2, y + size / 2)
        for (x, y), size in zip(centres, sizes, strict=True)
    ]
    taken: list[Box] = []
    sides: list[str | None] = []
    for place, name in enumerate(names):
        others = [*taken, *marks[:place], *marks[place + 1 :]]
        boxes = _boxes(*centres[place], sizes[place] / 2, _LETTER * len(name))
        free = next(
            (
                (side, box)
                for side, box in boxes.items()
                if box[2] <= _WIDE and not any(_meet(box, other) for other in others)
            ),
            None,
        )
        sides.append(free and free[0])
        taken += [free[1]] if free else []
    return sides


def _boxes(x: float, y: float, reach: float, wide: float) -> dict[str, Box]:
    """Where a name may stand beside a mark, the best side first."""
    half, line = wide / 2, _LINE / 2
    return {
        "top center": (x - half, y + reach, x + half, y + reach + _LINE),
        "bottom center": (x - half, y - reach - _LINE, x + half, y - reach),
        "middle right": (x + reach, y - line, x + reach + wide, y + line),
        "middle left": (x - reach - wide, y - line, x - reach, y + line),
    }


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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
