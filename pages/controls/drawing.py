"""How a chart is put on a page."""

from __future__ import annotations

from collections.abc import Callable

import plotly.graph_objects as go
import streamlit as st


def show_chart(
    figure: go.Figure, *, key: str, alt: str, on_click: Callable[[], None] | None = None
) -> None:
    """The figure over the full width. `alt` says what it shows to who can not see it."""
    st.plotly_chart(
        figure,
        key=key,
        on_select=on_click or "ignore",
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
