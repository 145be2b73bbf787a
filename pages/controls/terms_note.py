"""That the definitions changed while a page was open, and what to do."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import streamlit as st

from data.definition_changes.differences import differences
from data.definition_changes.history import history, is_derived_under
from data.definitions import Definitions
from data.errors import EmptyStoreError
from data.storage.store import Store
from pages.controls.measure import definitions, derived_under
from pages.controls.problems import explained
from pages.display.text import bullets

_REFRESH_SECONDS = 30

_SEEN, _CHANGED = "terms_seen", "terms_changed"


def watch_definitions() -> None:
    """Say what is different since the page was drawn last; and, while it is open, that it is.

    Numbers are drawn under the terms in force: the next run of a page may have others than the one
    before. A page that nobody touches looks now and then, and offers to draw itself again.
    """
    terms = definitions()
    seen: Definitions | None = st.session_state.get(_SEEN)
    if seen is not None and seen.digest != terms.digest:
        st.session_state[_CHANGED] = [str(each) for each in differences(seen, terms)]
    st.session_state[_SEEN] = terms
    if changes := st.session_state.get(_CHANGED):
        st.info(
            "The definitions changed while this page was open. Numbers here are under the new ones:"
            f"\n{bullets(changes)}",
            icon=":material/sync:",
        )
        st.button("Close", on_click=_forget, key="terms_note_close")
    with suppress(EmptyStoreError):
        if not tables_follow(terms):
            st.warning(
                "The tables were derived under other definitions than those in force, and what "
                "is counted in them follows the old ones. Derive anew on the Definitions page.",
                icon=":material/sync_problem:",
            )
    _watch(terms.digest)


def tables_follow(terms: Definitions) -> bool:
    """Whether the tables are as they would be, were they derived under these terms.

    Raises EmptyStoreError when nothing is loaded.
    """
    digest = derived_under()
    if digest in (None, terms.digest):
        return True
    told = history(Store.from_environment().path, date.today())
    return is_derived_under(told, digest, terms)


def _forget() -> None:
    st.session_state.pop(_CHANGED, None)


@st.fragment(run_every=_REFRESH_SECONDS)
def _watch(drawn: str) -> None:
    with explained():
        if definitions().digest != drawn:
            st.warning(
                "The definitions changed since this page was drawn: its numbers are under the old "
                "ones.",
                icon=":material/sync_problem:",
            )
            if st.button("Show the new numbers", key="terms_note_again"):
                st.rerun()
