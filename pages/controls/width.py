"""What stands in a wide window alone, such as a map of many cells, and what in a narrow one."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_WIDE, _NARROW = "wide_only", "narrow_only"

_NARROWEST = 600
"""So many pixels a window needs to count as wide."""

_STYLE = f"""
<style>
[class*="st-key-{_NARROW}"] {{ display: none; }}
@media (max-width: {_NARROWEST}px) {{
  [class*="st-key-{_WIDE}"] {{ display: none; }}
  [class*="st-key-{_NARROW}"] {{ display: flex; }}
}}
</style>
"""


def in_wide_window(name: str) -> DeltaGenerator:
    """A container that only a wide window shows. What it says must stand elsewhere too."""
    return _container(_WIDE, name)


def in_narrow_window(name: str) -> DeltaGenerator:
    """A container that only a narrow window shows, such as a phone's."""
    return _container(_NARROW, name)


def _container(kind: str, name: str) -> DeltaGenerator:
    st.html(_STYLE)
    return st.container(key=f"{kind}_{name}")
