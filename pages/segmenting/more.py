"""So many rows of a long list at first, and more of them each time somebody asks."""

from __future__ import annotations

import streamlit as st


def number_shown(at_first: int, *, key: str) -> int:
    """How many rows to show: `at_first`, and as many more for each press of `offer_more`."""
    return at_first * int(st.session_state.get(_times(key), 1))


def offer_more(left: str, *, key: str) -> None:
    """The button that shows more, and beside it in words what is left."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Show more", icon=":material/expand_more:", key=key, on_click=_more, args=(key,))
        st.caption(left)


def _more(key: str) -> None:
    st.session_state[_times(key)] = st.session_state.get(_times(key), 1) + 1


def _times(key: str) -> str:
    return f"{key}_times"
