"""What all charts share: margins, fonts and axes that follow the theme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.display.text import escape_html

UNFINISHED = "dash"
"""The line to a month of which only some days are seen. No other line is dashed."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star")

# Streamlit replaces these place holders by the theme's categorical colours, number eight to ten, in
# the browser, and those of series_colour by the first seven: the only way to a colour that follows
# the reader's theme. Other colours would be unreadable on either the light or the dark one.
COMPARED = "#000008"
SMALL_TEXT = "#000009"
TEXT = "#000010"
BACKGROUND = "#000038"
"""Behind words that lie over lines. The theme's background, as the colours above."""

_AXIS = {"fixedrange": True, "automargin": True, "tickfont": {"color": SMALL_TEXT}}
_MOST_TICKS = 8
"""So many months have room for their names in a narrow window."""


def series_colour(place: int) -> str:
    """The theme's colour of a series by its place, from 0: the same wherever it is drawn.

    >>> series_colour(0)
    '#000001'
    """
    return f"#{place + 1:06d}"


def month_axis(months: pl.DataFrame) -> dict[str, Any]:
    """An axis with a tick at each month drawn, or at every second or third up to the last.

    `months` has the columns month_on, days_seen and days_in_month. The year stands where it begins;
    a month of which only some days are seen says so.
    """
    drawn_months = months.select("month_on", "days_seen", "days_in_month").unique().sort("month_on")
    step = -(-len(drawn_months) // _MOST_TICKS) or 1
    ticks = (
        drawn_months[(len(drawn_months) - 1) % step :: step] if len(drawn_months) else drawn_months
    )
    texts = []
    year = None
    for month, seen, days in ticks.iter_rows():
        text = f"{month:%b}" + ("" if month.year == year else f"<br>{month.year}")
        texts.append(text + ("" if seen == days else f"<br>{seen} of<br>{days} days"))
        year = month.year
    return {
        "tickvals": ticks["month_on"].to_list(),
        "ticktext": texts,
        "tickangle": 0,
        "hoverformat": "%B %Y",
    }


def drawn(
    traces: Sequence[Any],
    *,
    height: int,
    xaxis: dict[str, Any],
    yaxis: dict[str, Any],
    **layout: Any,
) -> go.Figure:
    """The figure with the look of all charts: no frame, little margin, hover on one side.

    Made in one go, because each later change of a figure checks all of it again.
    """
    common = {
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "font": {"color": TEXT},
    }
    axes = {"xaxis": _AXIS | xaxis, "yaxis": _AXIS | yaxis}
    return go.Figure(list(traces), common | axes | {"height": height} | layout)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a shaded table: how strong its shade is, what stands in it, and on hovering."""

    shade: float
    text: str
    hover: str


def shaded_table(
    rows: Sequence[Sequence[Cell]],
    down: Sequence[str],
    across: Sequence[str],
    *,
    head: int = 70,
    row_height: int = 44,
) -> go.Figure:
    """A table whose shade follows a value, from 0: the stronger, the more. First names on top.

    `head` and `row_height` are pixels, for the names across and for a row.
    """
    places = [str(place) for place in range(len(down))]
    columns = list(range(len(across)))
    heat = {
        "type": "heatmap",
        "z": [[cell.shade for cell in row] for row in rows],
        "x": columns,
        "y": places,
        "text": [[cell.text for cell in row] for row in rows],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 11},
        "hovertext": [[cell.hover for cell in row] for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 3,
        "ygap": 3,
        "zmin": 0,
        "zmax": max((cell.shade for row in rows for cell in row), default=0) or 1,
        "showscale": False,
    }
    return drawn(
        [heat],
        height=head + row_height * len(down),
        xaxis={
            "side": "top",
            "showgrid": False,
            "tickangle": 0,
            "tickvals": columns,
            "ticktext": [shortened(name) for name in across],
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "tickvals": places,
            "ticktext": [shortened(name) for name in down],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def with_clicks(figure: go.Figure) -> go.Figure:
    """A shaded table whose cells can be clicked: `customdata` are the y and x of the cell.

    Only points can be selected, not the cells of a heat map: so an unseen one lies over each, and
    the nearest to the pointer is that of the cell.
    """
    heats = [each for each in figure.data if each.type == "heatmap"]
    cells = [
        (str(y), x, hover)
        for heat in heats
        for y, hovers in zip(heat.y, heat.hovertext, strict=True)
        for x, hover in zip(heat.x, hovers, strict=True)
    ]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [x for _, x, _ in cells],
        "y": [y for y, _, _ in cells],
        "customdata": [[y, str(x)] for y, x, _ in cells],
        "hovertext": [hover for *_, hover in cells],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "square", "size": 30, "opacity": 0},
        "showlegend": False,
    }
    for state in ("selected", "unselected"):
        points[state] = {"marker": {"opacity": 0}}
    figure.update_traces(hoverinfo="skip", hovertemplate=None, selector={"type": "heatmap"})
    figure.add_trace(points)
    down, across = len({y for y, *_ in cells}), len({x for _, x, _ in cells})
    # With points on an axis there is room left for their size.
    figure.update_layout(
        hovermode="closest",
        hoverdistance=-1,
        xaxis={"range": [-0.5, across - 0.5]},
        yaxis={"range": [down - 0.5, -0.5], "autorange": False},
    )
    return figure


def shortened(name: str, longest: int = 18) -> str:
    """A name cut to so many letters, as HTML; see `cut`.

    >>> shortened("Machinery & plants of the north")
    'Machinery…he north'
    """
    return escape_html(cut(name, longest))


def cut(name: str, longest: int) -> str:
    """A name of at most so many letters. The middle goes, for names often differ at their ends.

    >>> cut("Webinar: How to plan a year ahead, 2026-03", 20)
    'Webinar: H…, 2026-03'
    """
    if len(name) <= longest:
        return name
    end = (longest - 1) // 2
    return f"{name[: longest - 1 - end].rstrip()}…{name[-end:].lstrip()}"
