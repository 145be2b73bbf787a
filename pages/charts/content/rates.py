"""Rates of assets by their exposure, and their new people week by week."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, TEXT, drawn, series_colour
from pages.display.text import escape_html

SURE = 0.95
"""An asset is called above the mark from this probability on, and below it under the opposite."""


def rates_by_exposure(assets: pl.DataFrame, mark: float, ends: Sequence[int]) -> go.Figure:
    """A mark per asset: the people who met it to the right, the rate of downloads upwards.

    `assets` has the columns content_id, content, exposed, downloads, download_rate, its bounds
    download_rate_low and download_rate_high, and chance_good. The line is the `mark`; grey lines
    are the `ends` of the bands of exposure. `customdata` of a mark is the asset's id.
    """
    told = assets.drop_nulls(["download_rate", "chance_good"])
    above, below = pl.col("chance_good") >= SURE, pl.col("chance_good") <= 1 - SURE
    goal = written_mark(mark)
    traces = [
        _rates(told.filter(above), f"Above {goal}", "circle", series_colour(0)),
        _rates(told.filter(~above & ~below), "Cannot be told", "circle-open", COMPARED),
        _rates(told.filter(below), f"Below {goal}", "x", series_colour(0)),
    ]
    widest = max(told["exposed"].to_list(), default=1)
    highest = max([mark, *told["download_rate"]])
    lines = [_line("x", end, COMPARED) for end in ends if end < widest]
    return drawn(
        traces,
        height=400,
        xaxis={"type": "log", "title": {"text": "People exposed"}, **_round_numbers(widest)},
        yaxis={
            "title": {"text": "Downloads ÷ exposed"},
            "tickformat": ".0%",
            "range": [-0.03 * highest, 1.12 * highest],
            "nticks": 6,
            "zeroline": False,
        },
        shapes=[*lines, _line("y", mark, TEXT)],
        hovermode="closest",
    )


def written_mark(mark: float) -> str:
    """The mark that rates are held against, with no more digits than it has.

    >>> written_mark(0.2), written_mark(0.125)
    ('20%', '12.5%')
    """
    return f"{100 * mark:g}%"


def _round_numbers(widest: int) -> dict[str, Any]:
    """Ticks at 1, 3, 10, 30 and so on, up to the widest exposure."""
    ticks = [lead * 10**zeros for zeros in range(len(str(widest))) for lead in (1, 3)]
    return {"tickvals": ticks, "ticktext": [formats.count(each) for each in ticks]}


def _rates(assets: pl.DataFrame, name: str, symbol: str, colour: str) -> dict[str, Any]:
    rows = assets.rows(named=True)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [row["exposed"] for row in rows],
        "y": [row["download_rate"] for row in rows],
        "customdata": [row["content_id"] for row in rows],
        "marker": {"symbol": symbol, "size": 10, "color": colour, "line": {"width": 2}},
        "hovertext": [
            f"<b>{escape_html(row['content'])}</b>"
            f"<br>{formats.share(row['download_rate'])}: {formats.count(row['downloads'])} of "
            f"{formats.count(row['exposed'])}"
            f"<br>95% bounds {formats.share(row['download_rate_low'])} to "
            f"{formats.share(row['download_rate_high'])}"
            for row in rows
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _line(axis: str, at: float, colour: str) -> dict[str, Any]:
    other = "y" if axis == "x" else "x"
    return {
        "type": "line",
        f"{axis}0": at,
        f"{axis}1": at,
        f"{axis}ref": axis,
        f"{other}0": 0,
        f"{other}1": 1,
        f"{other}ref": "paper",
        "line": {"color": colour, "width": 1, "dash": "dot"},
        "layer": "below",
    }


def weekly_people(weeks: pl.DataFrame) -> go.Figure:
    """A bar per week: people who met the asset for the first time.

    `weeks` has the columns week_on and new_people.
    """
    bars = {
        "type": "bar",
        "x": weeks["week_on"].to_list(),
        "y": weeks["new_people"].to_list(),
        "marker": {"color": series_colour(0)},
        "hovertemplate": "Week of %{x|%d %b %Y}<br>%{y:,} new people<extra></extra>",
    }
    return drawn(
        [bars],
        height=220,
        xaxis={"nticks": 6},
        yaxis={"rangemode": "tozero", "nticks": 4, "title": {"text": "New people a week"}},
        showlegend=False,
    )
