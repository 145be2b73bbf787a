"""Saved views: opened, saved, renamed, shared by a link, deleted, and one to begin with."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qs

import msgspec
import streamlit as st

from data.errors import NotebookConflict
from data.notebook.shelf import Kept
from data.notebook.views import SavedView, first_view, open_first, saved_views, views
from pages.controls.kept import address, named, notebook, offer_deletion
from pages.controls.problems import explained
from pages.display.text import escape

KeptView = Kept[SavedView]

_BEGUN = "begun"

_LONGEST = 60
"""Letters of a name."""


def open_first_view(page: st.Page, pages: Sequence[st.Page]) -> None:
    """Open the view that the cockpit begins with, where a window opens it without any question.

    A link to a page, or to something chosen, is opened as it is; so is Overview later on.
    """
    if st.session_state.setdefault(_BEGUN, False):
        return
    st.session_state[_BEGUN] = True
    if page.url_path or st.query_params:
        return
    with explained():
        first = first_view(notebook())
        place = next((each for each in pages if first and each.title == first.value.page), None)
        if first and place:
            st.switch_page(place, query_params=parse_qs(first.value.query))


def show_views(page: st.Page, pages: Mapping[str, st.Page]) -> None:
    """All views of these pages, each with what can be done with it, and a form for this one."""
    first = first_view(notebook())
    for kept in saved_views(notebook()):
        if place := pages.get(kept.value.page):
            is_first = first is not None and kept.version.id == first.version.id
            _show_view(kept, page, place, is_first=is_first)
    with st.form("keep_view", border=False, clear_on_submit=True):
        name = st.text_input("Save this view as", max_chars=_LONGEST, placeholder=page.title)
        if st.form_submit_button("Save view", icon=":material/bookmark_add:"):
            _save(name.strip(), page)


def _show_view(kept: KeptView, page: st.Page, place: st.Page, *, is_first: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.page_link(
            place,
            label=escape(kept.value.name),
            icon=":material/star:" if is_first else ":material/bookmark:",
            query_params=parse_qs(kept.value.query),
            help=f"{place.title}. The cockpit opens with it." if is_first else place.title,
            width="stretch",
        )
        what = f"the view {named(kept.value.name)}"
        with st.popover("Edit", help=f"Rename, share or delete {what}"):
            _show_actions(kept, page, place, is_first=is_first)
            offer_deletion(kept.version, what, "Delete")


def _show_actions(kept: KeptView, page: st.Page, place: st.Page, *, is_first: bool) -> None:
    entry = kept.version.id
    with st.form(f"view_edit_{entry}", border=False):
        name = st.text_input(
            "Name", kept.value.name, max_chars=_LONGEST, key=f"view_name_{entry}"
        ).strip()
        if st.form_submit_button("Rename", icon=":material/edit:", key=f"view_rename_{entry}"):
            _rename(kept, name)
    st.caption("Link to share")
    st.code(_link(kept.value, page, place), language=None, wrap_lines=True)
    label = "Do not open first" if is_first else "Open first"
    if st.button(
        label,
        icon=":material/star:",
        key=f"view_first_{entry}",
        help="What the cockpit opens with, for everybody who opens it without a link.",
        type="tertiary",
    ):
        open_first(notebook(), None if is_first else entry, datetime.now(UTC))
        st.rerun()


def _link(view: SavedView, page: st.Page, place: st.Page) -> str:
    """The address of a view as one that somebody else can open."""
    here = str(st.context.url or "/").partition("?")[0]
    base = here.removesuffix(page.url_path).rstrip("/")
    return f"{base}/{place.url_path}?{view.query}".rstrip("?")


def _save(name: str, page: st.Page) -> None:
    """Keep what is chosen; under a name that a view of the page has, instead of that one."""
    if not name:
        st.warning("Give the view a name first.", icon=":material/edit:")
        return
    same = [kept for kept in _called(name) if kept.value.page == page.title]
    entry, based_on = f"view-{secrets.token_hex(8)}", 0
    view = SavedView(name, page.title, address())
    if same:
        entry, based_on = same[0].version.id, same[0].version.number
    views(notebook()).save(entry, view, based_on=based_on, written_at=datetime.now(UTC))
    said = "now is what is chosen here" if same else "is saved"
    st.toast(f"{named(name)} {said}.", icon=":material/check:")
    st.rerun()


def _rename(kept: KeptView, name: str) -> None:
    if not name:
        st.warning("A view needs a name.", icon=":material/edit:")
        return
    if any(each.version.id != kept.version.id for each in _called(name)):
        st.warning(f"Another view is called {named(name)}.", icon=":material/edit:")
        return
    renamed = msgspec.structs.replace(kept.value, name=name)
    try:
        views(notebook()).save(
            kept.version.id, renamed, based_on=kept.version.number, written_at=datetime.now(UTC)
        )
    except NotebookConflict:
        st.warning(
            "Somebody has just changed this view: take another look.", icon=":material/sync:"
        )
        return
    st.rerun()


def _called(name: str) -> list[KeptView]:
    """The views of a name, whatever its capitals."""
    return [
        kept for kept in saved_views(notebook()) if kept.value.name.casefold() == name.casefold()
    ]
