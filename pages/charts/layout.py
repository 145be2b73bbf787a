"""What all charts share: margins, fonts and axes that follow the theme."""

from __future__ import annotations

from collections.abc import Sequence
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

_AXIS = {"fixedrange": True, "automargin": True, "tickfont": {"color": SMALL_TEXT}}
MONTHS = {"tickformat": "%b<br>%Y", "hoverformat": "%B %Y", "nticks": 12}
"""An axis of months."""


def drawn(
    traces: Sequence[Any],
    *,
    height: int,
    xaxis: dict[str, Any],
    yaxis: dict[str, Any],
    **layout: Any,
) -> go.Figure:
    """The figure with the look of all charts: no frame, little margin, hover on one side.

    Made in one go, because each later change of a figure checks all of it again.
    """
    common = {
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        "hoverlabel": {"align": "left"},
        "dragmode": False,
        "font": {"color": TEXT},
    }
    axes = {"xaxis": _AXIS | xaxis, "yaxis": _AXIS | yaxis}
    return go.Figure(list(traces), common | axes | {"height": height} | layout)
