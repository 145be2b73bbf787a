"""The page's address as a saved view: what can not be used in it is said, not passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.controls.text import escape


def report_ignored(checks: Mapping[str, Callable[[str], bool]]) -> None:
    """Say which values in the address are not known. The widgets themselves pass over them.

    `checks` tells for each parameter whether a value can be used. Call it before the widgets are
    drawn, because drawing removes what they can not use from the address.
    """
    ignored = [
        f"{escape(key)} “{escape(value)}”"
        for key, is_usable in checks.items()
        for value in st.query_params.get_all(key)
        if not is_usable(value)
    ]
    if ignored:
        st.warning(
            f"This link asks for something that is not in the data: {', '.join(ignored)}. "
            "It was left out.",
            icon=":material/link_off:",
        )
