"""A preview or a derivation at work, and how it ended."""

from __future__ import annotations

import streamlit as st

from pages.controls.problems import explained
from pages.display.text import escape
from pages.sources.terms.work import Work, current, put_away

_REFRESH_SECONDS = 0.5


def show_work(kind: str, done: str | None = None) -> None:
    """How far a work is, why it failed, or that it is done; nothing where there is none."""
    work = current(kind)
    if work is None:
        return
    if work.state.running:
        _follow(kind)
        return
    if work.state.problem:
        st.error(escape(f"{work.title}: {work.state.problem}"), icon=":material/error:")
    elif done:
        st.success(done, icon=":material/check_circle:")
    if work.state.problem or done:
        st.button("Close", on_click=put_away, args=(kind,), key=f"terms_{kind}_close")


@st.fragment(run_every=_REFRESH_SECONDS)
def _follow(kind: str) -> None:
    """Draws itself again until the work has ended, then the whole page."""
    with explained():
        work = current(kind)
        if work is None or not work.state.running:
            st.rerun()
        else:
            _show_progress(work, kind)


def _show_progress(work: Work, kind: str) -> None:
    # Not entered as a context: left, it would say that the work is complete.
    status = st.status(f"{escape(work.title)}: {escape(work.state.phase)}", expanded=True)
    status.progress(work.state.share, text=f"{work.state.share:.0%}")
    status.caption("You can leave this page and come back; the work goes on.")
    status.button("Stop", on_click=work.stop, key=f"terms_{kind}_stop")
