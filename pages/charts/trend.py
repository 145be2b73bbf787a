"""The course of the funnel, month by month."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from metrics.scope import Stage
from pages.charts.layout import DASHES, SYMBOLS, laid_out
from pages.controls import formats


def monthly_counts(trend: pl.DataFrame) -> go.Figure:
    """How many reached each stage in each month: one line per stage, named at its end.

    `trend` has the columns month_on, stage and reached.
    """
    figure = go.Figure()
    for index, stage in enumerate(Stage):
        rows = trend.filter(stage=stage.value)
        figure.add_scatter(
            x=rows["month_on"].to_list(),
            y=rows["reached"].to_list(),
            name=stage.label,
            mode="lines+markers",
            line={"dash": DASHES[index], "width": 2},
            marker={"symbol": SYMBOLS[index], "size": 7},
            hovertemplate=f"{stage.label} %{{y:,}}<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero", tickformat=",d", nticks=6)
    figure.update_xaxes(tickformat="%b<br>%Y", hoverformat="%B %Y", nticks=12)
    return laid_out(figure, height=340, hovermode="x unified")


def monthly_rates(trend: pl.DataFrame) -> go.Figure:
    """Which share of each month's leads reached each stage; months still young are hollow.

    `trend` has the columns month_on, stage, reached, entered, rate_first, its bounds and
    matured_share, null where it does not apply.
    """
    figure = go.Figure()
    for index, stage in enumerate(Stage):
        if stage is Stage.LEAD:
            continue
        rows = trend.filter(stage=stage.value)
        young = [share is not None and share < 1 for share in rows["matured_share"]]
        figure.add_scatter(
            x=rows["month_on"].to_list(),
            y=rows["rate_first"].to_list(),
            name=stage.label,
            mode="lines+markers",
            line={"dash": DASHES[index], "width": 2},
            marker={
                "symbol": [SYMBOLS[index] + ("-open" if each else "") for each in young],
                "size": 8,
                "line": {"width": [2 if each else 0 for each in young]},
            },
            customdata=[_hover(row) for row in rows.iter_rows(named=True)],
            hovertemplate=f"{stage.label} %{{customdata}}<extra></extra>",
        )
    figure.update_yaxes(rangemode="tozero", tickformat=".0%", nticks=6)
    figure.update_xaxes(tickformat="%b<br>%Y", hoverformat="%B %Y", nticks=12)
    return laid_out(figure, height=340, hovermode="x unified")


def _hover(row: dict[str, object]) -> str:
    rate, matured = row["rate_first"], row["matured_share"]
    if not isinstance(rate, float):
        return formats.NOTHING
    text = f"{formats.share(rate)} ({row['reached']:,} of {row['entered']:,})"
    if isinstance(matured, float) and matured < 1:
        text += ", still young"
    return text
