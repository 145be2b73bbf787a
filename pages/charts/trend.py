"""The course of the funnel, month by month."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import DASHES, MONTHS, SYMBOLS, drawn
from pages.display import formats

_HEIGHT = 340


def monthly_counts(trend: pl.DataFrame) -> go.Figure:
    """How many reached each stage in each month: one line per stage.

    `trend` has the columns month_on, stage and reached.
    """
    lines = []
    for index, stage in enumerate(Stage):
        rows = trend.filter(stage=stage.value)
        line = _line(stage, rows["month_on"], rows["reached"], "%{y:,}")
        lines.append(line | {"marker": {"symbol": SYMBOLS[index], "size": 7}})
    counts = {"rangemode": "tozero", "tickformat": ",d", "nticks": 6}
    return drawn(lines, height=_HEIGHT, xaxis=MONTHS, yaxis=counts, hovermode="x unified")


def monthly_rates(trend: pl.DataFrame) -> go.Figure:
    """Which share of each month's leads reached each stage; months still young are hollow.

    `trend` has the columns month_on, stage, reached, entered, rate_first and matured_share, null
    where it does not apply.
    """
    lines = []
    for index, stage in enumerate(Stage):
        if stage is Stage.LEAD:
            continue
        rows = trend.filter(stage=stage.value)
        young = [share is not None and share < 1 for share in rows["matured_share"]]
        marker = {
            "symbol": [SYMBOLS[index] + ("-open" if each else "") for each in young],
            "size": 8,
            "line": {"width": [2 if each else 0 for each in young]},
        }
        hovers = [_hover(row) for row in rows.iter_rows(named=True)]
        line = _line(stage, rows["month_on"], rows["rate_first"], "%{customdata}")
        lines.append(line | {"marker": marker, "customdata": hovers})
    shares = {"rangemode": "tozero", "tickformat": ".0%", "nticks": 6}
    return drawn(lines, height=_HEIGHT, xaxis=MONTHS, yaxis=shares, hovermode="x unified")


def _line(stage: Stage, months: pl.Series, values: pl.Series, hover: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": months.to_list(),
        "y": values.to_list(),
        "name": stage.label,
        "mode": "lines+markers",
        "line": {"dash": DASHES[list(Stage).index(stage)], "width": 2},
        "hovertemplate": f"{stage.label} {hover}<extra></extra>",
    }


def _hover(row: dict[str, object]) -> str:
    rate, matured = row["rate_first"], row["matured_share"]
    if not isinstance(rate, float):
        return formats.NOTHING
    text = f"{formats.share(rate)} ({row['reached']:,} of {row['entered']:,})"
    if isinstance(matured, float) and matured < 1:
        text += ", still young"
    return text
