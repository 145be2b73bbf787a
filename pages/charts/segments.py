"""Segments: two dimensions crossed, and the course of one segment by month."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go
import polars as pl

from pages.charts.layout import (
    SYMBOLS,
    UNFINISHED,
    Cell,
    drawn,
    month_axis,
    series_colour,
    shaded_table,
    with_clicks,
)
from pages.display.text import escape_html

_FEWEST = 20
"""Of fewer records a cell is not shaded: chance rules there."""


def segment_heat(
    rows: pl.DataFrame,
    places: tuple[Sequence[str], Sequence[str]],
    names: tuple[str, str],
    write: Callable[[float | None], str],
    *,
    is_rate: bool,
) -> go.Figure:
    """The first dimension down, the second across; each cell says its value and the n behind it.

    `rows` has the columns of the two dimensions, value and records. A stronger shade means a larger
    value; rates of fewer than twenty records have none. A click on a cell selects a point whose
    `customdata` are the places of the two values.
    """
    down, across = places
    known = {(row[names[0]], row[names[1]]): row for row in rows.iter_rows(named=True)}

    def cell(first: str, second: str) -> Cell:
        row = known.get((first, second))
        value = row["value"] if row else None
        number = (row["records"] or 0) if row else 0
        is_told = value is not None and (not is_rate or number >= _FEWEST)
        said = write(value)
        return Cell(
            float(value) if is_told and value is not None else 0.0,
            f"{said}<br>of {number:,}" if is_rate and value is not None else said,
            f"<b>{escape_html(first)}</b> × {escape_html(second)}<br>{said}, n {number:,}",
        )

    rows_of_cells = [[cell(first, second) for second in across] for first in down]
    return with_clicks(shaded_table(rows_of_cells, down, across, head=90))


def segment_course(
    months: pl.DataFrame, write: Callable[[float | None], str], *, is_rate: bool
) -> go.Figure:
    """One segment's value by month, on a scale of its own; a month that is not whole is hollow.

    `months` has the columns of `segment_months`.
    """
    whole = (months["days_seen"] == months["days_in_month"]).to_list()
    marker = {
        "symbol": [SYMBOLS[0] if each else f"{SYMBOLS[0]}-open" for each in whole],
        "color": series_colour(0),
        "size": 7,
    }
    hovers = [
        f"{write(row['value'])}, n {row['records']:,}" for row in months.iter_rows(named=True)
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": months["month_on"].to_list(),
        "y": months["value"].to_list(),
        "marker": marker,
        "line": {"color": series_colour(0), "dash": "solid" if all(whole[:-1]) else UNFINISHED},
        "hovertext": hovers,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "showlegend": False,
    }
    return drawn(
        [line],
        height=190,
        xaxis=month_axis(months) | {"showgrid": False},
        yaxis={"rangemode": "tozero", "nticks": 4, "tickformat": ".0%" if is_rate else ",d"},
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )
