"""What stands in a wide window alone, such as a map of many cells, and what in a narrow one."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from metrics.wording import formats

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

# Streamlit closes its sidebar after a click in its own list of pages, and not after one in ours.
_CLOSING = """
<script data-page="{page}">
if (window.innerWidth <= 768)
  document.querySelector('[data-testid=stSidebarCollapseButton] button')?.click();
</script>
"""


def close_sidebar_once_on(page: str) -> None:
    """Close the sidebar where it covers the page, whenever another page is opened.

    `page` is the page's own part of the address. Opened again, the sidebar stays open.
    """
    st.html(_CLOSING.format(page=page), unsafe_allow_javascript=True)


def in_wide_window(name: str) -> DeltaGenerator:
    """A container that only a wide window shows. What it says must stand elsewhere too."""
    return _container(_WIDE, name)


def in_narrow_window(name: str) -> DeltaGenerator:
    """A container that only a narrow window shows, such as a phone's."""
    return _container(_NARROW, name)


def show_lines(lines: Sequence[dict[str, str]], alt: str, name: str) -> None:
    """A small table, or a list where the window is too narrow for its columns.

    Lines are Markdown by the heads of their columns; the first is what a line is about.
    """
    with in_wide_window(name):
        st.table(
            pl.DataFrame(lines).to_dict(as_series=False),
            border="horizontal",
            hide_index=True,
            width="content",
            alt=alt,
        )
    with in_narrow_window(name):
        st.markdown("\n".join(map(_listed, lines)))


def _listed(line: dict[str, str]) -> str:
    (_, title), *others = line.items()
    told = "; ".join(
        f"{head.lower()} {value}" for head, value in others if value != formats.NOTHING
    )
    return f"- **{title}**: {told}"


def _container(kind: str, name: str) -> DeltaGenerator:
    st.html(_STYLE)
    return st.container(key=f"{kind}_{name}")
