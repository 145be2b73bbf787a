"""The cockpit in a browser: `streamlit run app.py`.

What is drawn is in pages/frame.py. It is not here because Streamlit takes a folder `pages` beside
the script it runs for its older kind of app: the first visitor of a fresh server who opens a deep
link would be told that the page does not exist.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import streamlit as st


@asynccontextmanager
async def prepared(_: st.App) -> AsyncIterator[None]:
    """Import what pages need before the first visitor waits for it."""
    import_module("pages.controls.headline")
    import_module("pages.controls.tables")
    import_module("pages.charts.trend")
    yield


app = st.App(Path(__file__).parent / "pages" / "frame.py", lifespan=prepared)
