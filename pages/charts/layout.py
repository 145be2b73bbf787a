"""What all charts share: margins, fonts and axes that follow the theme, and month labels."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "star")
# Streamlit replaces these place holders by the theme's categorical colours, number eight to ten, in
# the browser: the only way to a colour that follows the reader's theme. Other colours would be
# unreadable on either the light or the dark one.
COMPARED = "#000008"
SMALL_TEXT = "#000009"
TEXT = "#000010"


def laid_out(figure: go.Figure, *, height: int, **layout: Any) -> go.Figure:
    """The figure with the look of all charts: no frame, little margin, hover on one side."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "title": None},
        hoverlabel={"align": "left"},
        dragmode=False,
        font={"color": TEXT},
    )
    axis = {"fixedrange": True, "automargin": True, "tickfont": {"color": SMALL_TEXT}}
    figure.update_xaxes(**axis)
    figure.update_yaxes(**axis)
    figure.update_layout(**layout)
    return figure
