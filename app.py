"""The cockpit in a browser: `streamlit run app.py`.

What is drawn is in pages/frame.py. It is not here because Streamlit takes a folder `pages` beside
the script it runs for its older kind of app: the first visitor of a fresh server who opens a deep
link would be told that the page does not exist.
"""

from pathlib import Path

import streamlit as st

app = st.App(Path(__file__).parent / "pages" / "frame.py")
