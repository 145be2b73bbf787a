"""The button that a page wants to be pressed."""

from __future__ import annotations

from typing import Literal

import streamlit as st


def emphasis() -> Literal["primary", "secondary"]:
    """The type of the main button: filled, but on a dark theme, where its white text were faint."""
    return "secondary" if st.context.theme.type == "dark" else "primary"
