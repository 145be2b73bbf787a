"""What a plan takes: entries by month, and what they become."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import COMPARED, drawn, month_axis

_HEIGHT = 320


def needed_by_month(required: pl.DataFrame, entry: Stage, usual: float) -> go.Figure:
    """Entries to create in each month; months that are too late are hatched.

    `required` has the columns month_on, stage, middle, in_time and is_too_late. `usual` is the
    mean volume of a past month, drawn as a dashed line.
    """
    rows = required.filter(stage=entry.value)
    bars = []
    for late, name in ((False, "To create"), (True, "Too late for the target")):
        part = rows.filter(is_too_late=late)
        if part.is_empty():
            continue
        bars.append(
            {
                "type": "bar",
                "x": part["month_on"].dt.truncate("1mo").to_list(),
                "y": part["middle"].to_list(),
                "name": name,
                "customdata": part["in_time"].to_list(),
                "hovertemplate": "%{y:,.0f}, %{customdata:.0%} of their wins in time"
                f"<extra>{name}</extra>",
                "marker": {"pattern": {"shape": "/" if late else ""}},
            }
        )
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": rows["month_on"].dt.truncate("1mo").to_list(),
        "y": [usual] * len(rows),
        "name": "Usual month",
        "line": {"dash": "dash", "width": 2, "color": COMPARED},
        "hovertemplate": "%{y:,.0f} in a usual month<extra></extra>",
    }
    counts = {"rangemode": "tozero", "tickformat": ",d", "nticks": 6}
    return drawn([*bars, line], height=_HEIGHT, xaxis=_months(rows), yaxis=counts, barmode="stack")


def stage_by_month(required: pl.DataFrame, stage: Stage) -> go.Figure:
    """How many of the planned entries reach a stage in each month, with 80% ranges.

    `required` has the columns month_on, stage, low, middle and high.
    """
    rows = required.filter(stage=stage.value)
    bar = {
        "type": "bar",
        "x": rows["month_on"].dt.truncate("1mo").to_list(),
        "y": rows["middle"].to_list(),
        "name": stage.label,
        "error_y": {
            "type": "data",
            "array": (rows["high"] - rows["middle"]).to_list(),
            "arrayminus": (rows["middle"] - rows["low"]).to_list(),
            "thickness": 1,
            "width": 2,
            "color": COMPARED,
        },
        "customdata": list(zip(rows["low"], rows["high"], strict=True)),
        "hovertemplate": "%{y:,.0f} (%{customdata[0]:,.0f} to %{customdata[1]:,.0f})"
        "<extra></extra>",
    }
    counts = {"rangemode": "tozero", "tickformat": ",d", "nticks": 4}
    return drawn(
        [bar], height=170, xaxis=_months(rows), yaxis=counts, title={"text": stage.label, "x": 0}
    )


def past_values(rows: pl.DataFrame, title: str, unit: str) -> go.Figure:
    """The course of something assumed. `rows` has the columns period_on and value."""
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": rows["period_on"].to_list(),
        "y": rows["value"].to_list(),
        "name": title,
        "line": {"width": 2},
        "hovertemplate": "%{y:.1%}<extra></extra>" if unit == "%" else "%{y:,.0f}<extra></extra>",
    }
    values = {
        "rangemode": "tozero",
        "tickformat": ".1%" if unit == "%" else ",d",
        "nticks": 4,
    }
    return drawn(
        [line],
        height=170,
        xaxis=_months(rows.rename({"period_on": "month_on"})),
        yaxis=values,
        title={"text": title, "x": 0},
    )


def _months(rows: pl.DataFrame) -> dict[str, Any]:
    """An axis that names the months of `month_on`, and never days."""
    whole = rows.select(pl.col("month_on").dt.truncate("1mo"), days_seen=1, days_in_month=1)
    return month_axis(whole)
