"""The cockpit in a browser: `streamlit run app.py`.

What is drawn is in pages/frame.py. It is not here because Streamlit takes a folder `pages` beside
the script it runs for its older kind of app: the first visitor of a fresh server who opens a deep
link would see that the page does not exist.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread

import streamlit as st

FIRST_NEEDED = ("pages.review.front.headline", "pages.controls.tables", "pages.charts.trend")


@asynccontextmanager
async def prepared(_: st.App) -> AsyncIterator[None]:
    """Import what pages need while the first visitor's browser loads what it needs itself."""
    Thread(target=lambda: [import_module(name) for name in FIRST_NEEDED], daemon=True).start()
    yield


app = st.App(Path(__file__).parent / "pages" / "frame.py", lifespan=prepared)
