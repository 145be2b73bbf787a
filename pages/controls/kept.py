"""What people keep of the cockpit itself, as pages read it: the notebook, and notes on days."""

from __future__ import annotations

from urllib.parse import urlencode

import plotly.graph_objects as go
import streamlit as st

from data.notebook.notebook import Notebook
from data.notebook.notes import notes
from data.storage.store import Store
from metrics.period import in_words
from pages.charts.notes import days_drawn, with_notes


def notebook() -> Notebook:
    """The notebook beside the store."""
    return Notebook(Store.from_environment().path)


def address() -> str:
    """What is chosen on the page, as a query string."""
    return urlencode(
        [(key, each) for key in st.query_params for each in st.query_params.get_all(key)]
    )


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
