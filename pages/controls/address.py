"""The page's address as a saved view: a step back undoes, what cannot be used in it is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypedDict, TypeVar, cast

import streamlit as st

from pages.display.text import escape

Choice = TypeVar("Choice", bound=str)


class _Kept(TypedDict):
    bind: Literal["query-params"]
    persist_state: Literal["session"]


_KEPT = _Kept(bind="query-params", persist_state="session")
"""What makes a choice stand in the address and follow to all pages."""

# Streamlit overwrites the newest entry of the browser's history when a widget changes the address.
# It understands entries of their own, so all that is missing is to make them.
_HISTORY = """
<script>
if (!window.backcastHistory) {
  window.backcastHistory = true;
  const overwrite = history.replaceState.bind(history);
  history.replaceState = (state, title, url) => {
    const next = new URL(url ?? location.href, location.href);
    const changed = next.pathname === location.pathname && next.search !== location.search;
    return changed ? history.pushState(state, title, url) : overwrite(state, title, url);
  };
}
</script>
"""


def undo_with_back() -> None:
    """Let the browser's Back take the last change of a filter back."""
    st.html(_HISTORY, unsafe_allow_javascript=True)


def choose_one(
    label: str,
    options: Iterable[Choice],
    *,
    key: str,
    index: int = 0,
    meaning: str | None = None,
    width: int | Literal["stretch"] = "stretch",
    is_searched: bool = False,
    is_open: bool = False,
) -> Choice:
    """A list to choose from, of which the choice stands in the address and follows to all pages.

    In a long one that `is_searched`, typing narrows what is listed; one that `is_open` also takes
    what is not listed.
    """
    chosen = st.selectbox(
        label,
        list(options),
        index=index,
        key=key,
        filter_mode="fuzzy" if is_searched else None,
        accept_new_options=is_open,
        help=meaning,
        width=width,
        **_KEPT,
    )
    return cast("Choice", chosen)


def choose_of_few(label: str, options: Iterable[str], *, key: str, meaning: str) -> str:
    """The same as `choose_one` with all options in sight."""
    found = list(options)
    return st.radio(label, found, 0, key=key, help=meaning, horizontal=True, **_KEPT)


def report_ignored(
    checks: Mapping[str, Callable[[str], bool]],
    near: Mapping[str, Callable[[str], str]] | None = None,
) -> None:
    """Say which values in the address are not known. The widgets themselves pass over them.

    `checks` says for each parameter whether a value can be used, `near` what may have been meant.
    Call it before the widgets are drawn, because drawing removes what they cannot use from the
    address.
    """
    ignored = [
        (key, value)
        for key, is_usable in checks.items()
        for value in st.query_params.get_all(key)
        if not is_usable(value)
    ]
    if ignored:
        said = ", ".join(f"{escape(key)} “{escape(value)}”" for key, value in ignored)
        meant = "".join(
            f" {escape(near[key](value))}." for key, value in ignored if near and key in near
        )
        st.warning(
            f"This link asks for something that is not in the data: {said}.{meant} "
            "It was left out.",
            icon=":material/link_off:",
        )
