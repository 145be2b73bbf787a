"""Reach and activity: who may be contacted, what contacts bring, when, and the pool by month."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import (
    COMPARED,
    SYMBOLS,
    Cell,
    drawn,
    month_axis,
    series_colour,
    shaded_table,
    shortened,
)
from pages.display.text import escape_html

_PATTERNS = {"may": "", "unknown": ".", "may not": "/"}
"""Told apart without colour as well."""

_MOST_NTH = 10

MIN_CONTACTS = 20
"""Of fewer a rate is grey: it is mostly chance."""


def permission_bars(rows: pl.DataFrame) -> go.Figure:
    """A bar per way, of who may, who is unknown and who may not be contacted.

    `rows` are those of `contactable` for one purpose.
    """
    ways = rows["way"].unique(maintain_order=True).to_list()
    sums = rows.group_by("way", "state").agg(pl.col("people").sum(), pl.col("of_people").first())
    people = {(row["way"], row["state"]): row for row in sums.rows(named=True)}
    colours = {"may": series_colour(0), "unknown": COMPARED, "may not": series_colour(1)}
    traces: list[dict[str, Any]] = []
    for state, pattern in _PATTERNS.items():
        cells = [people[way, state] for way in ways]
        traces.append(
            {
                "type": "bar",
                "orientation": "h",
                "name": state.capitalize(),
                "y": [str(place) for place in range(len(ways))],
                "x": [cell["people"] for cell in cells],
                "marker": {"color": colours[state], "pattern": {"shape": pattern}},
                "hovertext": [
                    f"<b>{escape_html(cell['way'])}</b>: {state}"
                    f"<br>{formats.count(cell['people'])} of {formats.count(cell['of_people'])},"
                    f" {formats.share(cell['people'] / (cell['of_people'] or 1))}"
                    for cell in cells
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return drawn(
        traces,
        height=90 + 44 * len(ways),
        xaxis={
            "title": {"text": "People"},
            "rangemode": "tozero",
            "nticks": 6,
            "tickformat": ",d",
        },
        yaxis=_names(ways),
        barmode="stack",
    )


def nth_rates(rows: pl.DataFrame) -> go.Figure:
    """Answered share by the number of a contact within 30 days, a series per way, with bounds.

    `rows` are those of `nth_contact`; the first ten numbers are drawn.
    """
    drawn_rows = rows.filter(pl.col("nth") <= _MOST_NTH, pl.col("contacts") > 0)
    traces: list[dict[str, Any]] = []
    ways = drawn_rows["way"].unique(maintain_order=True).to_list()
    for place, way in enumerate(ways):
        mine = drawn_rows.filter(pl.col("way") == way).rows(named=True)
        colour = series_colour(place % 7)
        colours = [colour if row["contacts"] >= MIN_CONTACTS else COMPARED for row in mine]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": escape_html(way),
                "x": [row["nth"] + 0.12 * (place - (len(ways) - 1) / 2) for row in mine],
                "y": [row["response_rate"] for row in mine],
                "marker": {
                    "symbol": SYMBOLS[place % len(SYMBOLS)],
                    "size": 10,
                    "color": colours,
                },
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [row["response_rate_high"] - row["response_rate"] for row in mine],
                    "arrayminus": [row["response_rate"] - row["response_rate_low"] for row in mine],
                    "color": COMPARED,
                },
                "hovertext": [
                    f"<b>{escape_html(way)}</b>, contact {row['nth']}"
                    f"<br>{formats.share(row['response_rate'])}: {formats.count(row['answered'])}"
                    f" of {formats.count(row['contacts'])}"
                    for row in mine
                ],
                "hovertemplate": "%{hovertext}<extra></extra>",
            }
        )
    return drawn(
        traces,
        height=300,
        xaxis={"title": {"text": "Contact within 30 days"}, "dtick": 1, "showgrid": False},
        yaxis={"title": {"text": "Answered"}, "tickformat": ".0%", "rangemode": "tozero"},
        hovermode="closest",
    )


def times_heat(rows: pl.DataFrame) -> go.Figure:
    """Weekdays across and hours down, shaded by the expected rate; too few have no shade.

    Hours at which there were too few on every day are left out, where others are not.

    `rows` are those of `best_times` of one way.
    """
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    cells = {(row["weekday"], row["hour"]): row for row in rows.rows(named=True)}
    enough = {row["hour"] for row in cells.values() if not row["is_too_few"]}
    hours = sorted(enough or {row["hour"] for row in cells.values()})
    rows_of_cells = [[_hour(day, hour, cells.get((day, hour))) for day in days] for hour in hours]
    return shaded_table(
        rows_of_cells,
        [f"{hour}:00" for hour in hours],
        [day[:3] for day in days],
        head=60,
        row_height=24,
    )


def _hour(day: str, hour: int, row: dict[str, Any] | None) -> Cell:
    if row is None:
        return Cell(0.0, "", f"{day}, {hour}:00<br>No contact")
    few = row["is_too_few"]
    said = (
        f"<b>{day}, {hour}:00</b><br>{formats.share(row['response_rate'])}:"
        f" {formats.count(row['answered'])} of {formats.count(row['contacts'])}"
    )
    return Cell(
        0.0 if few else row["expected_rate"],
        "" if few else f"{row['expected_rate']:.0%}",
        said + ("<br>Too few to compare" if few else ""),
    )


def pool_flows(months: pl.DataFrame) -> go.Figure:
    """Inflow upwards and outflow downwards by month, and the active at each month's end.

    `months` are rows of `activity_pool` with `days_seen` and `days_in_month`.
    """
    on = months["month_on"].to_list()
    whole = [seen == days for seen, days in months.select("days_seen", "days_in_month").iter_rows()]
    opacity = [1.0 if each else 0.5 for each in whole]
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": "Became active",
            "x": on,
            "y": months["inflow"].to_list(),
            "marker": {"color": series_colour(0), "opacity": opacity},
            "hovertemplate": "Became active: %{y:,}<extra></extra>",
        },
        {
            "type": "bar",
            "name": "Fell asleep",
            "x": on,
            "y": (-months["outflow"]).to_list(),
            "customdata": months["outflow"].to_list(),
            "marker": {
                "color": series_colour(1),
                "opacity": opacity,
                "pattern": {"shape": "/"},
            },
            "hovertemplate": "Fell asleep: %{customdata:,}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "Active at the end",
            "x": on,
            "y": months["active_end"].to_list(),
            "line": {"color": COMPARED, "width": 2},
            "marker": {
                "symbol": ["circle" if each else "circle-open" for each in whole],
                "size": 8,
            },
            "hovertemplate": "Active at the end: %{y:,}<extra></extra>",
        },
    ]
    return drawn(
        traces,
        height=340,
        xaxis=month_axis(months),
        yaxis={"title": {"text": "People"}, "nticks": 6, "tickformat": ",d"},
        barmode="relative",
        hovermode="x unified",
    )


def _names(names: list[str]) -> dict[str, Any]:
    """An axis with a name beside each row, the first on top."""
    return {
        "autorange": "reversed",
        "showgrid": False,
        "tickvals": [str(place) for place in range(len(names))],
        "ticktext": [shortened(name) for name in names],
    }
