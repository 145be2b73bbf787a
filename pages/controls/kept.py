"""What people keep of the cockpit itself: views of a page, and notes on days."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlencode

import plotly.graph_objects as go
import streamlit as st

from data.notebook.notebook import Notebook
from data.notebook.notes import Note, notes
from data.notebook.version import Version
from data.notebook.views import SavedView, views
from data.storage.store import Store
from metrics.period import in_words
from pages.charts.notes import days_drawn, with_notes
from pages.controls.problems import explained
from pages.display.text import escape


def notebook() -> Notebook:
    """The notebook beside the store."""
    return Notebook(Store.from_environment().path)


def address() -> str:
    """What is chosen on the page, as a query string."""
    return urlencode(
        [(key, each) for key in st.query_params for each in st.query_params.get_all(key)]
    )


def show_kept(page: st.Page, pages: Sequence[st.Page]) -> None:
    """In the sidebar: saved views of these pages to open, this one to save, and notes on days."""
    with st.sidebar, st.expander("Views and notes", icon=":material/bookmark:"), explained():
        _show_views(page, {each.title: each for each in pages})
        _show_notes()


def _show_views(page: st.Page, pages: Mapping[str, st.Page]) -> None:
    for kept in views(notebook()).all():
        if kept.value.page not in pages:
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            st.page_link(
                pages[kept.value.page],
                label=escape(kept.value.name),
                icon=":material/bookmark:",
                query_params=dict(parse_qsl(kept.value.query)),
                width="stretch",
            )
            _offer_deletion(kept.version, f"the view {escape(kept.value.name)}")
    with st.form("keep_view", border=False, clear_on_submit=True):
        name = st.text_input("Save this view as", max_chars=60, placeholder=page.title)
        if st.form_submit_button("Save view", icon=":material/bookmark_add:") and name.strip():
            views(notebook()).save(
                f"view-{secrets.token_hex(8)}",
                SavedView(name.strip(), page.title, address()),
                based_on=0,
                written_at=datetime.now(UTC),
            )
            st.rerun()


def _show_notes() -> None:
    for kept in sorted(notes(notebook()).all(), key=lambda each: each.value.on):
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            st.caption(escape(f"{in_words(kept.value.on)}: {kept.value.text}"), width="stretch")
            _offer_deletion(kept.version, f"the note of {in_words(kept.value.on)}")
    with st.form("keep_note", border=False, clear_on_submit=True):
        day = st.date_input(
            "Note on a day",
            value=None,
            format="YYYY-MM-DD",
            help="It shows on every chart over time. Names of people do not belong here.",
        )
        text = st.text_input("What happened", max_chars=200, placeholder="New pricing page")
        if st.form_submit_button("Add note", icon=":material/add_comment:"):
            _add_note(day, text)


def _offer_deletion(version: Version, what: str) -> None:
    if st.button(
        "",
        icon=":material/delete:",
        key=f"{version.kind.value}_delete_{version.id}",
        help=f"Delete {what}",
        type="tertiary",
    ):
        notebook().delete(version.id, based_on=version.number, written_at=datetime.now(UTC))
        st.rerun()


def _add_note(day: date | None, text: str) -> None:
    if day is None or not text.strip():
        st.warning("A note needs a day and a text.", icon=":material/edit:")
        return
    notes(notebook()).save(
        f"note-{secrets.token_hex(8)}",
        Note(day, text.strip()),
        based_on=0,
        written_at=datetime.now(UTC),
    )
    st.rerun()


def annotated(figure: go.Figure) -> tuple[go.Figure, str | None]:
    """A chart over time with the notes of its days, and these in words; another as it is."""
    days = days_drawn(figure)
    if days is None:
        return figure, None
    first, last = days
    shown = sorted(
        (kept.value for kept in notes(notebook()).all() if first <= kept.value.on <= last),
        key=lambda note: note.on,
    )
    if not shown:
        return figure, None
    numbered = [(note.on, place) for place, note in enumerate(shown, start=1)]
    words = ". ".join(
        f"{place}: {note.text} ({in_words(note.on)})" for place, note in enumerate(shown, start=1)
    )
    return with_notes(figure, numbered), f"Notes. {words}."
