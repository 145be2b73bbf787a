"""What people keep of the cockpit itself, as pages read it: the notebook, and notes on days.

Deleting what is kept can be undone: nothing is gone, for every version stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

from data.notebook.notebook import Notebook
from data.notebook.notes import notes
from data.notebook.version import Kind, Version
from data.storage.store import Store
from metrics.period import in_words
from pages.charts.notes import days_drawn, with_notes
from pages.display.text import escape


def notebook() -> Notebook:
    """The notebook beside the store."""
    return Notebook(Store.from_environment().path)


def address() -> str:
    """What is chosen on the page, as a query string."""
    return urlencode(
        [(key, each) for key in st.query_params for each in st.query_params.get_all(key)]
    )


_DELETED = "kept_deleted"


@dataclass(frozen=True, slots=True)
class _Deleted:
    version: Version
    what: str


def offer_deletion(version: Version, what: str, label: str = "", *, disabled: bool = False) -> None:
    """A button that deletes an entry; `what` names it in words, escaped."""
    if st.button(
        label,
        icon=":material/delete:",
        key=f"{version.kind.value}_delete_{version.id}",
        help=f"Delete {what}",
        type="tertiary",
        disabled=disabled,
    ):
        notebook().delete(version.id, based_on=version.number, written_at=datetime.now(UTC))
        st.session_state[_DELETED] = _Deleted(version, what)
        st.rerun()


def offer_undo(*kinds: Kind) -> None:
    """What of these kinds was deleted last in this window, and a button that brings it back."""
    deleted: _Deleted | None = st.session_state.get(_DELETED)
    if deleted is None or deleted.version.kind not in kinds:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="xxsmall"):
        st.caption(f"Deleted: {deleted.what}", width="stretch")
        if st.button("Undo", icon=":material/undo:", key="kept_undo", type="tertiary"):
            del st.session_state[_DELETED]
            notebook().bring_back(deleted.version.id, written_at=datetime.now(UTC))
            st.rerun()


def named(name: str) -> str:
    """A name in a sentence."""
    return f"“{escape(name)}”"


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
