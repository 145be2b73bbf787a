"""Credit: what models give each segment, and what touches the same conversions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import BACKGROUND, COMPARED, TEXT, drawn, series_colour
from pages.display.text import escape_html

MOST_ROWS = 12

_ROW = 46


def dumbbells(shares: pl.DataFrame, model: str, other: str) -> go.Figure:
    """One row per segment: the share by the model, filled, and by the other, hollow.

    `shares` has the columns segment, share, other_share, lowest, highest and is_told, in their
    order; `model` and `other` are the names of both models. A grey line goes from the smallest to
    the largest share that any model gives. The share by the model stands beside the name; a credit
    that rests on too few is drawn grey. `customdata` of a mark is its segment.
    """
    rows = shares.rows(named=True)
    widest = max((row["highest"] or 0 for row in rows), default=0) or 1
    line: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": [x for row in rows for x in (row["lowest"], row["highest"], None)],
        "y": [y for place in range(len(rows)) for y in (place, place, None)],
        "line": {"color": COMPARED, "width": 2},
        "name": "All models",
        "hoverinfo": "skip",
    }
    traces = [
        line,
        _marks(rows, "other_share", other, "circle-open", [series_colour(0)] * len(rows)),
        _marks(
            rows,
            "share",
            model,
            "circle",
            [series_colour(0) if row["is_told"] else COMPARED for row in rows],
        ),
    ]
    return drawn(
        traces,
        height=_ROW * len(rows) + 70,
        # Room for the whole of a mark at 0, and of one at the end.
        xaxis={
            "tickformat": ".0%",
            "range": [-0.03 * widest, 1.05 * widest],
            "nticks": 5,
            "zeroline": False,
        },
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.8]},
        annotations=[_words(place, row) for place, row in enumerate(rows)],
        hovermode="closest",
        legend={
            "orientation": "h",
            "yanchor": "bottom",
            "y": 1.0,
            "x": 0,
            "traceorder": "reversed",
        },
    )


def _marks(
    rows: list[dict[str, Any]], column: str, name: str, symbol: str, colours: list[str]
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape_html(name),
        "x": [row[column] for row in rows],
        "y": list(range(len(rows))),
        "customdata": [row["segment"] for row in rows],
        "marker": {"symbol": symbol, "size": 12, "color": colours, "line": {"width": 2}},
        "hovertext": [
            f"<b>{escape_html(row['segment'])}</b><br>{escape_html(name)}:"
            f" {formats.share(row[column])}"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _words(place: int, row: dict[str, Any]) -> dict[str, Any]:
    """The name of a segment and its share, above its line on the left."""
    few = "" if row["is_told"] else " · too few to be reliable"
    return {
        "xref": "paper",
        "x": 0,
        "y": place - 0.2,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "align": "left",
        "font": {"color": TEXT, "size": 12},
        "bgcolor": BACKGROUND,
        "text": f"{escape_html(row['segment'])}  <b>{formats.share(row['share'])}</b>{few}",
    }


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
