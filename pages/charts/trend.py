"""The course of the funnel, month by month."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from metrics.wording import formats
from pages.charts.layout import SYMBOLS, TEXT, UNFINISHED, drawn, month_axis, series_colour

_HEIGHT = 340
_MARKER = 8


def monthly_counts(trend: pl.DataFrame, planned: pl.DataFrame | None = None) -> go.Figure:
    """How many reached each stage in each month: one line per stage.

    `trend` has the columns month_on, days_seen, days_in_month, stage and reached. A month of which
    only some days are seen is hollow, its line dashed, and its tick says how many days. `planned`
    has the columns plan, month_on, stage and value: a plan's months stand as hollow marks.
    """
    hovers = [f"{row['reached']:,}{_days(row)}" for row in trend.iter_rows(named=True)]
    hollow = pl.lit(value=False)
    counts = {"rangemode": "tozero", "tickformat": ",d", "nticks": 6}
    figure = _lines(
        trend.with_columns(value="reached", hollow=hollow, hover=pl.Series(hovers)), counts
    )
    if planned is None:
        return figure
    inside = planned.filter(pl.col("month_on").is_in(trend["month_on"].implode()))
    return figure.add_traces(_marks(inside)) if len(inside) else figure


def _marks(planned: pl.DataFrame) -> list[dict[str, Any]]:
    """A hollow mark for each month and stage of a plan, under one name."""
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": rows["month_on"].to_list(),
            "y": rows["value"].to_list(),
            "name": rows["plan"][0],
            "legendgroup": "plan",
            "showlegend": place == 0,
            "marker": {
                "symbol": "diamond-wide-open",
                "size": _MARKER + 3,
                "color": TEXT,
                "line": {"width": 2, "color": TEXT},
            },
            "hovertemplate": f"{Stage(stage).label} planned %{{y:,.0f}}<extra></extra>",
        }
        for place, ((stage,), rows) in enumerate(
            planned.partition_by("stage", as_dict=True).items()
        )
    ]


def monthly_rates(trend: pl.DataFrame) -> go.Figure:
    """Which share of each month's leads reached each stage; months still young are hollow.

    `trend` has the columns month_on, days_seen, days_in_month, stage, reached, entered, rate_first
    and matured_share, null where it does not apply. The stage of which the others are a share is
    not drawn. A month of which only some days are seen is dashed, and its tick says how many.
    """
    later = trend.filter(pl.col("stage") != pl.col("stage").first())
    hovers = [_hover(row) for row in later.iter_rows(named=True)]
    young = pl.col("matured_share").fill_null(1) < 1
    shares = {"rangemode": "tozero", "tickformat": ".0%", "nticks": 6}
    return _lines(
        later.with_columns(value="rate_first", hollow=young, hover=pl.Series(hovers)), shares
    )


def with_marks(figure: go.Figure) -> go.Figure:
    """The months with each mark on its own, so that a click is of one stage; it says its month.

    Hovered together, the browser takes a click for one of the last line.
    """
    for each in figure.data:
        if each.hovertemplate:
            each.hovertemplate = "%{x|%B %Y}<br>" + each.hovertemplate
    return figure.update_layout(hovermode="closest")


def _lines(trend: pl.DataFrame, yaxis: dict[str, Any]) -> go.Figure:
    """One line per stage with a marker of its own shape; months unfinished beside the others."""
    stages = [Stage(each) for each in trend["stage"].unique(maintain_order=True)]
    parts = [_parts(stage, trend.filter(stage=stage.value)) for stage in stages]
    return drawn(
        [line for line, _ in parts] + [each for _, unfinished in parts for each in unfinished],
        height=_HEIGHT,
        xaxis=month_axis(trend),
        yaxis=yaxis,
        hovermode="x unified",
    )


def _parts(stage: Stage, rows: pl.DataFrame) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The line of a stage, and what is drawn apart from it: the way to unfinished months."""
    symbol = SYMBOLS[list(Stage).index(stage)]
    colour = series_colour(list(Stage).index(stage))
    months, values = rows["month_on"].to_list(), rows["value"].to_list()
    finished = (rows["days_seen"] == rows["days_in_month"]).to_list()
    hollow = rows["hollow"].to_list()
    common = {
        "type": "scatter",
        "x": months,
        "customdata": rows["hover"].to_list(),
        "hovertemplate": f"{stage.label} %{{customdata}}<extra></extra>",
        "legendgroup": stage.value,
        "name": stage.label,
    }
    line = common | {
        "y": [value if whole else None for value, whole in zip(values, finished, strict=True)],
        "mode": "lines+markers",
        "line": {"color": colour, "width": 2},
        "marker": {
            "symbol": [symbol + ("-open" if each else "") for each in hollow],
            "size": _MARKER,
            "line": {"width": [2 if each else 0 for each in hollow]},
        },
    }
    if all(finished):
        return line, []
    way = common | {
        "y": [
            None if all(finished[max(place - 1, 0) : place + 2]) else value
            for place, value in enumerate(values)
        ],
        "mode": "lines",
        "line": {"color": colour, "width": 2, "dash": UNFINISHED},
        "hovertemplate": None,
        "hoverinfo": "skip",
        "showlegend": False,
    }
    ends = common | {
        "y": [None if whole else value for value, whole in zip(values, finished, strict=True)],
        "mode": "markers",
        "marker": {
            "symbol": f"{symbol}-open",
            "size": _MARKER,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        "showlegend": False,
    }
    return line, [way, ends]


def _hover(row: dict[str, Any]) -> str:
    rate, matured = row["rate_first"], row["matured_share"]
    if rate is None:
        return formats.NOTHING
    text = f"{formats.share(rate)} ({row['reached']:,} of {row['entered']:,})"
    if matured is not None and matured < 1:
        text += ", still young"
    return text + _days(row)


def _days(row: dict[str, Any]) -> str:
    """The day count of an unfinished month."""
    if row["days_seen"] == row["days_in_month"]:
        return ""
    return f", {row['days_seen']} of {row['days_in_month']} days"
