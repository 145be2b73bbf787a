"""Dated notes on a chart over time: a dotted line and a number at each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import plotly.graph_objects as go

from pages.charts.layout import COMPARED, SMALL_TEXT

MARGIN = timedelta(days=31)
"""A month stands at its first day and holds the days after it."""


def days_drawn(figure: go.Figure) -> tuple[date, date] | None:
    """From which to which day a chart over time goes; None for one that is not over time."""
    drawn = [getattr(trace, "x", None) for trace in figure.data]
    found = [each for xs in drawn if xs is not None for each in xs if isinstance(each, date)]
    return (min(found), max(found) + MARGIN) if found else None


def with_notes(figure: go.Figure, notes: Sequence[tuple[date, int]]) -> go.Figure:
    """The chart with a line and a number at each note, by its day."""
    for day, number in notes:
        figure.add_vline(
            x=day.isoformat(), line={"color": COMPARED, "width": 1, "dash": "dot"}, layer="below"
        )
        figure.add_annotation(
            x=day.isoformat(),
            y=1,
            yref="paper",
            text=str(number),
            showarrow=False,
            yanchor="bottom",
            font={"size": 12, "color": SMALL_TEXT},
        )
    return figure
