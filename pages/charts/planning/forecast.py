"""Where quarters land: a fan after what was won, its sources, and what was said of a quarter."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.charts.layout import COMPARED, TEXT, UNFINISHED, drawn, series_colour
from pages.display.text import escape_html

_HEIGHT = 340


def fan(course: pl.DataFrame) -> go.Figure:
    """Won revenue of past quarters, then the median with the ranges of 50 and 80% of all cases.

    `course` has the columns quarter, won, won_so_far, p10 to p90 and plan. The fan opens from the
    last quarter that is over.
    """
    ahead = course.filter(pl.col("p50").is_not_null())
    past = course.filter(pl.col("won").is_not_null())
    start = past.tail(1).with_columns(
        pl.col("won").alias(name) for name in ("p10", "p25", "p50", "p75", "p90")
    )
    opened = pl.concat([start, ahead])
    traces = [*_band(opened, "p10", "p90", "Outer: 80% of cases")]
    traces += _band(opened, "p25", "p75", "Inner: 50% of cases")
    traces.append(
        _line(opened, "p50", "Forecast, median")
        | {
            "line": {"dash": UNFINISHED, "width": 3, "color": series_colour(0)},
            "marker": {"symbol": "circle-open", "size": [0] * len(start) + [9] * len(ahead),
                       "color": series_colour(0)},
            "customdata": opened.select("p10", "p90").rows(),
            "hovertemplate": "%{y:,.3s} (%{customdata[0]:,.3s} to %{customdata[1]:,.3s} in 8 of 10"
            " cases)<extra>Forecast</extra>",
        }
    )  # fmt: skip
    traces.append(_line(past, "won", "Won") | {"line": {"width": 2, "color": series_colour(0)}})
    so_far = course.filter(pl.col("won_so_far").is_not_null())
    traces.append(
        _line(so_far, "won_so_far", "Won so far")
        | {"mode": "markers", "marker": {"symbol": "triangle-up", "size": 10,
                                         "color": series_colour(0)}}
    )  # fmt: skip
    planned = course.filter(pl.col("plan").is_not_null())
    if len(planned):
        traces.append(
            _line(planned, "plan", "Locked plan")
            | {
                "mode": "markers+lines",
                "line": {"width": 1, "color": TEXT},
                "marker": {"symbol": "diamond-open", "size": 10, "color": TEXT},
            }
        )
    return drawn(
        traces,
        height=_HEIGHT,
        xaxis=_quarters(course["quarter"]),
        yaxis=_AMOUNTS,
        hovermode="x",
    )


def contributions(rows: pl.DataFrame) -> go.Figure:
    """Each quarter's mean, stacked from its sources. What is won stands at the bottom.

    `rows` has the columns quarter, source and mean, without totals.
    """
    bars = []
    for source in rows["source"].unique(maintain_order=True):
        part = rows.filter(source=source)
        place, pattern = _LOOKS.get(source, _TO_COME)
        bars.append(
            {
                "type": "bar",
                "x": part["quarter"].to_list(),
                "y": part["mean"].to_list(),
                "name": escape_html(source[0].upper() + source[1:]),
                "marker": {
                    "color": series_colour(place),
                    "pattern": {"shape": pattern},
                    "line": {"width": 1, "color": COMPARED},
                },
                "hovertemplate": "%{y:,.3s}<extra>" + escape_html(source) + "</extra>",
            }
        )
    axis = _quarters(rows["quarter"].unique(maintain_order=True))
    return drawn(bars, height=_HEIGHT, xaxis=axis, yaxis=_AMOUNTS, barmode="stack")


_LOOKS = {
    "won so far": (4, ""), "open deals": (3, ""), "open opportunities": (3, "\\"),
    "open SQLs": (2, ""), "open MQLs": (1, ""), "open leads": (0, ""),
    "deals without a lead": (5, "."),
}  # fmt: skip
"""Colour and pattern of each source: stages have the colours they have everywhere."""

_TO_COME = (6, "/")


def drift(said: pl.DataFrame) -> go.Figure:
    """What was said of one quarter, from the first time on, and what it won.

    `said` has the columns said_at, p10, p50, p90 and won, of one quarter.
    """
    when = said["said_at"].to_list()
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "x": when,
            "y": said["p50"].to_list(),
            "name": "Said: median and 80% range",
            "mode": "markers+lines",
            "line": {"width": 2, "dash": UNFINISHED, "color": series_colour(0)},
            "marker": {"symbol": "circle-open", "size": 9},
            "error_y": {
                "type": "data",
                "array": (said["p90"] - said["p50"]).to_list(),
                "arrayminus": (said["p50"] - said["p10"]).to_list(),
                "thickness": 1.5,
                "width": 4,
                "color": series_colour(0),
            },
            "customdata": said.select("p10", "p90").rows(),
            "hovertemplate": "%{y:,.3s} (%{customdata[0]:,.3s} to %{customdata[1]:,.3s})"
            "<extra></extra>",
        }
    ]
    if (came := said["won"].drop_nulls()).len():
        traces.append(
            {
                "type": "scatter",
                "x": when,
                "y": [came[0]] * len(when),
                "name": "Won",
                "mode": "lines+markers",
                "line": {"width": 2, "color": TEXT},
                "hovertemplate": "%{y:,.3s}<extra>Won</extra>",
            }
        )
    days = said.group_by(pl.col("said_at").dt.date().alias("day")).agg(pl.col("said_at").min())
    firsts = days.sort("day")["said_at"]
    ticks = firsts[:: -(-len(firsts) // _MOST_DAYS) or 1]
    axis = {"tickvals": ticks.to_list(), "tickformat": "%d %b<br>%Y"}
    return drawn(traces, height=260, xaxis=axis, yaxis=_AMOUNTS, hovermode="x")


_FEW_QUARTERS = 6
"""Of so many quarters each has room for its year in a narrow window."""

_MOST_DAYS = 6
"""So many days have room for their names in a narrow window."""

_AMOUNTS = {"rangemode": "tozero", "tickformat": "~s", "nticks": 6}


def _quarters(names: pl.Series) -> dict[str, Any]:
    """An axis of quarters; the year stands where it begins, so that names fit a narrow window."""
    # Among many quarters, the year of a first one that another year follows would run into it.
    texts = [
        name.replace(" ", "<br>") if name.startswith("Q1") else name.partition(" ")[0]
        for name in names
    ]
    if len(names) <= _FEW_QUARTERS or not names[0].startswith("Q4"):
        texts[0] = names[0].replace(" ", "<br>")
    found = names.to_list()
    ticks = {"tickvals": found, "ticktext": texts, "tickangle": 0}
    return ticks | {"type": "category", "categoryarray": found}


def _line(rows: pl.DataFrame, column: str, name: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rows["quarter"].to_list(),
        "y": rows[column].to_list(),
        "name": name,
        "hovertemplate": "%{y:,.3s}<extra>" + name + "</extra>",
    }


def _band(rows: pl.DataFrame, low: str, high: str, name: str) -> list[dict[str, Any]]:
    """The area between two percentiles."""
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": rows["quarter"].to_list(),
        "line": {"width": 0, "color": series_colour(0)},
        "hoverinfo": "skip",
        "legendgroup": name,
    }
    return [
        edge | {"y": rows[low].to_list(), "showlegend": False},
        edge | {"y": rows[high].to_list(), "name": name, "fill": "tonexty"},
    ]
