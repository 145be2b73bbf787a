"""Cohorts by month of entry: the triangle of their rates, and what will have become of them."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.wording import formats
from pages.charts.layout import COMPARED, TEXT, drawn, series_colour

MIN_COHORT = 20

SHOWN_MONTHS = (1, 2, 3, 6, 12, 24)
"""So many columns have room for their numbers in a narrow window."""

_ROW = 34


def cohort_triangle(cells: pl.DataFrame) -> go.Figure:
    """Rows are months of entry, columns months since; the stronger the shade, the higher the rate.

    `cells` is the result of `cohort_table`; its months SHOWN_MONTHS are drawn, in percent. A cell
    that is not mature has no shade, and its rate stands as the least that it can become. Cohorts
    under MIN_COHORT have no shade either, and one without a rate is empty.
    """
    months = cells["month_on"].unique().sort().to_list()
    seen = set(cells["months_since"])
    columns = [since for since in SHOWN_MONTHS if since in seen]
    by_place = {(row["month_on"], row["months_since"]): row for row in cells.iter_rows(named=True)}
    found = [[by_place.get((month, since)) for since in columns] for month in months]
    shades = [[_shade(cell) for cell in row] for row in found]
    entered = {row["month_on"]: row["entered"] for row in cells.iter_rows(named=True)}
    heat = {
        "type": "heatmap",
        "z": shades,
        "x": [str(since) for since in columns],
        "y": [f"{month:%b %y}" for month in months],
        "text": [[_text(cell) for cell in row] for row in found],
        "texttemplate": "%{text}",
        "textfont": {"color": TEXT, "size": 12},
        "hovertext": [[_hover(cell) for cell in row] for row in found],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "xgap": 2,
        "ygap": 2,
        "zmin": 0,
        "zmax": max((shade for row in shades for shade in row if shade), default=0) or 1,
        "showscale": False,
        "hoverongaps": False,
    }
    return drawn(
        [heat],
        height=70 + _ROW * len(months),
        xaxis={
            "side": "top",
            "showgrid": False,
            "type": "category",
            "tickangle": 0,
            "title": {"text": "Percent, by months since entry"},
        },
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "type": "category",
            "tickvals": [f"{month:%b %y}" for month in months],
            "ticktext": [f"{month:%b %y} · {formats.count(entered[month])}" for month in months],
        },
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
    )


def projected_rates(cohorts: pl.DataFrame) -> go.Figure:
    """Each month's rate as observed, and beside it the one that is projected, with its 80% range.

    `cohorts` is the result of `cohort_projection`. Marks of months that may well rise are hollow;
    their projection is dashed.
    """
    months = cohorts["month_on"].to_list()
    rises = pl.col("open") > 0
    if cohorts["projected_rate"].null_count() < len(cohorts):
        rises = pl.col("projected_high") > pl.col("rate")
    young = cohorts.select(rises=rises)["rises"].to_list()
    observed = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": "Observed",
        "x": months,
        "y": cohorts["rate"].to_list(),
        "line": {"width": 2, "color": series_colour(0)},
        "marker": {
            "size": 9,
            "symbol": ["circle-open" if each else "circle" for each in young],
            "line": {"width": [2 if each else 0 for each in young]},
        },
        "customdata": cohorts.select("converted", "entered").rows(),
        "hovertemplate": "%{y:.1%}: %{customdata[0]:,} of %{customdata[1]:,}<extra></extra>",
    }
    traces: list[dict[str, Any]] = [observed]
    projected = cohorts.drop_nulls("projected_rate").filter(rises)
    if not projected.is_empty():
        rate = projected["projected_rate"]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": "Projected, with 80% range",
                "x": projected["month_on"].to_list(),
                "y": rate.to_list(),
                "line": {"width": 2, "dash": "dash", "color": COMPARED},
                "marker": {"size": 8, "symbol": "diamond-open", "color": COMPARED},
                "error_y": {
                    "type": "data",
                    "array": (projected["projected_high"] - rate).to_list(),
                    "arrayminus": (rate - projected["projected_low"]).to_list(),
                    "thickness": 1,
                    "width": 4,
                    "color": COMPARED,
                },
                "customdata": projected.select("projected_low", "projected_high").rows(),
                "hovertemplate": "%{y:.1%} in the end (%{customdata[0]:.1%} to "
                "%{customdata[1]:.1%})<extra></extra>",
            }
        )
    shares = {"rangemode": "tozero", "tickformat": ".1%", "nticks": 6}
    axis = {"tickformat": "%b<br>%Y", "hoverformat": "%B %Y", "nticks": 6, "tickangle": 0}
    return drawn(traces, height=320, xaxis=axis, yaxis=shares, hovermode="x unified")


def _shade(cell: dict[str, Any] | None) -> float | None:
    if cell is None or cell["rate"] is None:
        return None
    shaded = cell["is_mature"] and cell["entered"] >= MIN_COHORT
    return cell["rate"] if shaded else 0.0


def _text(cell: dict[str, Any] | None) -> str:
    if cell is None or cell["rate"] is None:
        return ""
    percent = f"{100 * cell['rate']:.1f}"
    return percent if cell["is_mature"] else f"≥{percent}"


def _hover(cell: dict[str, Any] | None) -> str:
    if cell is None:
        return ""
    if cell["rate"] is None:
        return "too many converted on a day that nobody recorded"
    counts = f"{formats.count(cell['converted'])} of {formats.count(cell['entered'])}"
    lines = [
        f"<b>{cell['month_on']:%B %Y}</b>, within {cell['days']} days",
        f"{formats.share(cell['rate'])}: {counts}",
    ]
    if not cell["is_mature"]:
        lines.append("not all have had so long")
    return "<br>".join(lines)
