"""Deleting what is kept, and undoing that: nothing is gone, for every version stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from data.notebook.notes import notes
from data.notebook.version import Kind, Version
from data.notebook.views import views
from pages.controls.kept import notebook
from pages.display.text import escape

_DELETED = "kept_deleted"


@dataclass(frozen=True, slots=True)
class _Deleted:
    version: Version
    what: str


def offer_deletion(version: Version, what: str, label: str = "") -> None:
    """A button that deletes an entry; `what` names it in words, escaped."""
    if st.button(
        label,
        icon=":material/delete:",
        key=f"{version.kind.value}_delete_{version.id}",
        help=f"Delete {what}",
        type="tertiary",
    ):
        notebook().delete(version.id, based_on=version.number, written_at=datetime.now(UTC))
        st.session_state[_DELETED] = _Deleted(version, what)
        st.rerun()


def offer_undo() -> None:
    """What was deleted last in this window, and a button that brings it back."""
    deleted: _Deleted | None = st.session_state.get(_DELETED)
    if deleted is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.caption(f"Deleted: {deleted.what}", width="stretch")
        if st.button("Undo", icon=":material/undo:", key="kept_undo", type="tertiary"):
            del st.session_state[_DELETED]
            shelf = views if deleted.version.kind is Kind.VIEW else notes
            shelf(notebook()).bring_back(deleted.version.id, written_at=datetime.now(UTC))
            st.rerun()


def named(name: str) -> str:
    """A name in a sentence."""
    return f"“{escape(name)}”"
