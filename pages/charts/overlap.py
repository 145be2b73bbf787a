"""Overlap: how many conversions two segments touched, and where touches fall between stages."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl

from pages.charts.layout import TEXT, drawn
from pages.display import formats
from pages.display.text import escape_html

MOST_SEGMENTS = 10

_LONGEST = 18


def counts_of_pairs(
    pairs: pl.DataFrame, row: str, column: str, titles: Sequence[str] | None = None
) -> go.Figure:
    """A cell per pair of `row` and `column`, with its count and the share of the row.

    `pairs` has these columns, conversions and share; the first MOST_SEGMENTS rows are drawn, in
    their order. The stronger the shade, the larger the share.
    """
    rows = pairs[row].unique(maintain_order=True).to_list()[:MOST_SEGMENTS]
    ends = pairs[column].unique(maintain_order=True).to_list()[:MOST_SEGMENTS]
    found = {(one[row], one[column]): one for one in pairs.iter_rows(named=True)}
    cells = [[found.get((start, end)) for end in ends] for start in rows]
    heat = {
        "type": "heatmap",
        "z": [[one["share"] if one else 0 for one in line] for line in cells],
        "x": list(range(len(ends))),
        "y": list(range(len(rows))),
        "text": [
            [
                f"{formats.count(one['conversions'])}<br>{formats.share(one['share'])}"
                if one and one["conversions"]
                else ""
                for one in line
            ]
            for line in cells
        ],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertemplate": "%{text}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": 1,
        "showscale": False,
    }
    return drawn(
        [heat],
        height=90 + 42 * len(rows),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": -35,
            "tickvals": list(range(len(ends))),
            "ticktext": [_name(str(each)) for each in (titles or ends)],
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": list(range(len(rows))),
            "ticktext": [_name(str(each)) for each in rows],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def _name(segment: str) -> str:
    short = segment if len(segment) <= _LONGEST else f"{segment[: _LONGEST - 1]}…"
    return escape_html(short)
