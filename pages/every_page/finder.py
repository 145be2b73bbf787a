"""Find anything by name: a page, a filter's value, a view, a term; and the keys there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

import streamlit as st

from data.notebook.views import saved_views
from data.terms.glossary import GLOSSARY, defined
from pages.controls.kept import notebook
from pages.controls.problems import explained
from pages.controls.scope import filters_to_add
from pages.display.text import escape

_OF = " · "

KEYS = {
    "Ctrl K": "Find a page, a value to filter by, a saved view or a term",
    "F1": "Show these keys",
    "Tab, Shift Tab": "Go to the next control, or the one before",
    "Enter, Space": "Press a button, open a list",
    "Esc": "Close a list or a window",
    "Ctrl F in a table": "Search its rows",
}


def show_finder(pages: Sequence[st.Page], *, has_scope: bool) -> None:
    """Two buttons of the sidebar, each with its key: to find, and to list the keys."""
    with st.sidebar, st.container(horizontal=True, gap="xsmall"):
        if st.button(
            "Find", icon=":material/search:", key="find", shortcut="Ctrl+K", width="stretch"
        ):
            _find(pages, has_scope)
        if st.button("Keys", icon=":material/keyboard:", key="keys", shortcut="F1"):
            _list_keys()


def go_where_found(pages: Sequence[st.Page]) -> None:
    """Go to what was chosen in the window, or filter by it. Runs before any widget is drawn."""
    found: _Found | None = st.session_state.pop(_FOUND, None)
    if found is None:
        return
    if found.page:
        st.switch_page(_titled(found.page, pages))
    kept = st.session_state.get(found.key) or []
    st.session_state[found.key] = list(dict.fromkeys([*kept, found.value]))


@dataclass(frozen=True, slots=True)
class _Found:
    """A page with the question of a view, the key of a filter with its value, or a term."""

    page: str = ""
    query: str = ""
    key: str = ""
    value: str = ""
    term: str = ""


_FOUND = "found_place"

_CHOSEN = "found"


@st.dialog("Find")
def _find(pages: Sequence[st.Page], has_scope: bool) -> None:
    with explained():
        places = _places(pages, has_scope)
        chosen = st.selectbox(
            "A page, a value to filter by, a saved view, or a term",
            list(places),
            index=None,
            placeholder="Funnel, Webinar, Germany, win rate …",
            key=_CHOSEN,
            on_change=_take,
            args=(places,),
        )
        if _FOUND in st.session_state:
            st.rerun()
        if chosen and (term := places[chosen].term):
            st.markdown(f"**{escape(term)}**  \n{escape(defined(term))}")
        if chosen and (view := places[chosen]).query:  # only a link may bring another question
            st.page_link(
                _titled(view.page, pages),
                label=f"Open {escape(chosen.partition(_OF)[0])}",
                icon=":material/bookmark:",
                query_params=parse_qs(view.query),
            )


def _titled(title: str, pages: Sequence[st.Page]) -> st.Page:
    return next(page for page in pages if page.title == title)


def _take(places: Mapping[str, _Found]) -> None:
    """Runs before anything is drawn again."""
    chosen = places.get(st.session_state[_CHOSEN])
    if chosen and not (chosen.query or chosen.term):
        st.session_state[_FOUND] = chosen


def _places(pages: Sequence[st.Page], has_scope: bool) -> dict[str, _Found]:
    titles = [page.title for page in pages]
    found = {f"{title}{_OF}page": _Found(page=title) for title in titles}
    for kept in saved_views(notebook()):
        view = kept.value
        if view.page in titles:
            found[f"{view.name}{_OF}saved view"] = _Found(page=view.page, query=view.query)
    if has_scope:
        for name, (dimension, value) in filters_to_add().items():
            found[name] = _Found(key=dimension.value, value=value)
    found |= {f"{term}{_OF}term": _Found(term=term) for term in GLOSSARY}
    return found


@st.dialog("Keys")
def _list_keys() -> None:
    for keys, does in KEYS.items():
        st.markdown(f"**{keys}** · {does}")
