"""Notes on days, which show on every chart over time."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime

import streamlit as st

from data.notebook.notes import Note, notes
from metrics.period import in_words
from pages.controls.kept import notebook, offer_deletion
from pages.display.text import escape


def show_notes() -> None:
    """All notes by their days, and a form for one more."""
    for kept in sorted(notes(notebook()).all(), key=lambda each: each.value.on):
        with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
            st.caption(escape(f"{in_words(kept.value.on)}: {kept.value.text}"), width="stretch")
            offer_deletion(kept.version, f"the note of {in_words(kept.value.on)}")
    with st.form("keep_note", border=False, clear_on_submit=True):
        day = st.date_input(
            "Note on a day",
            value=None,
            format="YYYY-MM-DD",
            help="It appears on every chart over time. Do not name people here.",
        )
        text = st.text_input("What happened", max_chars=200, placeholder="New pricing page")
        if st.form_submit_button("Add note", icon=":material/add_comment:"):
            _add_note(day, text)


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
