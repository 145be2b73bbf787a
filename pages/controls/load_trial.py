"""Trying a mapping that is not kept yet on the file it was made for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from loaders.language.library import Kept
from loaders.outcome import Preview
from loaders.preview import preview
from pages.controls.load_preview import ROWS, show_preview
from pages.controls.uploads import Upload
from pages.display import formats


def show_trial(upload: Upload, kept: Kept, place: str, *, now: bool) -> None:
    """What the mapping makes of the file, if it was tried as it is now.

    With `now` it is tried. Raises SourceError when the file can not be read with it.
    """
    key = f"{place}_trial"
    if now:
        with st.spinner("Trying the mapping on the file …"):
            st.session_state[key] = (kept.text, _tried(upload, kept))
    text, shown = st.session_state.get(key, ("", None))
    if shown is None or text != kept.text:
        return
    st.header("What it makes of the file", anchor=False)
    tried = max(shown.rows_tried, shown.rows_rejected)
    with st.grid(3, min_column_width=130):
        for label, rows in (
            ("Tried", tried),
            ("Would be kept", tried - shown.rows_rejected),
            ("Would be rejected", shown.rows_rejected),
        ):
            st.metric(label, formats.count(rows), border=True)
    show_preview(shown)


def _tried(upload: Upload, kept: Kept) -> Preview:
    with tempfile.TemporaryDirectory(prefix="backcast-mapping-") as folder:
        (Path(folder) / f"{kept.mapping.name}.toml").write_text(kept.text, encoding="utf-8")
        return preview(upload.path, kept.mapping.name, mappings=Path(folder), rows=ROWS)
