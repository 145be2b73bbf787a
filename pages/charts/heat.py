"""Conversion by segment, as a table whose shade follows the rate."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import TEXT, drawn
from pages.controls import formats
from pages.controls.text import escape_html

MAX_SEGMENTS = 15
MIN_COHORT = 20
_LONGEST_NAME = 22


def conversion_heat(by_segment: pl.DataFrame, dimension: str) -> go.Figure:
    """Rows are segments, the largest on top; columns are steps; each cell says rate and cohort.

    `by_segment` is the result of `stage_conversion_by`; the first MAX_SEGMENTS segments are drawn.
    Cells with a cohort under MIN_COHORT have no shade: their rates are mostly chance.
    """
    segments = by_segment[dimension].unique(maintain_order=True).to_list()[:MAX_SEGMENTS]
    steps = list(pairwise(Stage))
    cells = {(row[dimension], row["stage"]): row for row in by_segment.iter_rows(named=True)}
    shades, texts, hovers = [], [], []
    for segment in segments:
        row = [cells[segment, after.value] for _, after in steps]
        shades.append([_shade(cell) for cell in row])
        texts.append([_cell(cell) for cell in row])
        hovers.append([_hover(segment, cell) for cell in row])
    places = [str(place) for place in range(len(segments))]
    heat = {
        "type": "heatmap",
        "z": shades,
        "x": [f"to<br>{after.label}" for _, after in steps],
        "y": places,
        "text": texts,
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": max((shade for row in shades for shade in row), default=0) or 1,
        "showscale": False,
    }
    names = {
        "autorange": "reversed",
        "showgrid": False,
        "tickvals": places,
        "ticktext": [escape_html(_short(segment)) for segment in segments],
    }
    return drawn(
        [heat],
        height=70 + 44 * len(segments),
        xaxis={"side": "top", "showgrid": False, "tickangle": 0},
        yaxis=names,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 1] + "…"


def _shade(cell: dict[str, Any]) -> float:
    is_large = (cell["previous_reached"] or 0) >= MIN_COHORT
    return float(cell["rate_previous"]) if is_large else 0.0


def _cell(cell: dict[str, Any]) -> str:
    if cell["rate_previous"] is None:
        return formats.NOTHING
    return f"{formats.share(cell['rate_previous'])}<br>of {formats.count(cell['previous_reached'])}"


def _hover(segment: str, cell: dict[str, Any]) -> str:
    lines = [f"<b>{escape_html(segment)}</b>, to {Stage(cell['stage']).label}"]
    if cell["rate_previous"] is None:
        lines.append("Nobody reached the stage before")
    else:
        lines.append(
            f"{formats.share(cell['rate_previous'])}: {formats.count(cell['previous_converted'])}"
            f" of {formats.count(cell['previous_reached'])}"
        )
    if cell["rate_previous_low"] is not None:
        lines.append(
            f"95 % interval {formats.share(cell['rate_previous_low'])}"
            f" to {formats.share(cell['rate_previous_high'])}"
        )
    return "<br>".join(lines)
