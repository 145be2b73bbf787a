"""Changing the definitions: a text that is checked as it is written, previewed, and saved."""

from __future__ import annotations

from datetime import date

import streamlit as st

from data.definition_changes.differences import Change, differences
from data.definition_changes.history import Told
from data.definition_changes.saving import checked
from data.definitions import Definitions
from data.errors import DefinitionError
from pages.controls.measure import definitions
from pages.controls.problems import emphasis
from pages.display.text import bullets, escape
from pages.sources.terms.before_after import show_before_after
from pages.sources.terms.saving import NAME, save_version, show_fixed
from pages.sources.terms.work import PREVIEW, current, start_preview
from pages.sources.terms.work_view import show_work

_TEXT, _KEPT, _BASE, _SAID = "terms_text", "terms_text_kept", "terms_base", "terms_saved"


def show_edit(told: tuple[Told, ...]) -> None:
    """The text to change, what is wrong in it, what it does to the numbers, and saving it."""
    if show_fixed():
        return
    if said := st.session_state.pop(_SAID, None):
        st.success(escape(said), icon=":material/check_circle:")
    newest = told[-1]
    if _BASE not in st.session_state:
        _start_from(newest)
    _note_newer(newest, told)
    if _TEXT not in st.session_state:  # the tab was closed meanwhile
        st.session_state[_TEXT] = st.session_state[_KEPT]
    text = st.text_area(
        "The definitions",
        key=_TEXT,
        height=420,
        help="The file as it is saved, with its comments. Press Ctrl+Enter to have it checked.",
    )
    st.session_state[_KEPT] = text
    try:
        written = checked(text, NAME)
    except DefinitionError as error:
        st.error(f"Not valid yet:\n{bullets(error.problems)}", icon=":material/error:")
        return
    changes = differences(definitions(), written)
    if changes:
        st.markdown(f"Valid. Other than the terms in force:\n{bullets(changes)}")
    else:
        st.markdown("Valid. It says what the terms in force say.")
    _offer_preview(text, written, changes)
    _offer_saving(text)


def _start_from(newest: Told) -> None:
    text = newest.path.read_text("utf-8")
    st.session_state[_BASE] = newest.number
    st.session_state[_TEXT] = st.session_state[_KEPT] = text


def _note_newer(newest: Told, told: tuple[Told, ...]) -> None:
    """That somebody saved while this text was being changed, what, and what to do."""
    base: int = st.session_state[_BASE]
    if newest.number <= base:
        return
    since = [change for each in told if each.number > base for change in each.changes]
    st.warning(
        f"The definitions changed while this page was open: version {newest.number} was saved, and "
        f"yours is based on version {base}, so that it cannot be saved. What changed:\n"
        f"{bullets(since) if since else '- the text alone'}",
        icon=":material/sync_problem:",
    )
    with st.container(horizontal=True):
        st.button(
            f"Start from version {newest.number}",
            on_click=_start_from,
            args=(newest,),
            key="terms_restart",
            help="Your text is discarded: download it first if you want to reuse it.",
        )
        st.download_button(
            "Download your text",
            st.session_state[_KEPT],
            "my_definitions.toml",
            "application/toml",
            key="terms_mine",
            on_click="ignore",
            type="tertiary",
        )


def _offer_preview(text: str, written: Definitions, changes: tuple[Change, ...]) -> None:
    with st.container(border=True):
        st.header("What it would do to the numbers", anchor=False)
        st.button("Preview", on_click=start_preview, args=(text,), key="terms_preview")
        show_work(PREVIEW)
        work = current(PREVIEW)
        if work is None or work.state.found is None:
            st.caption("A copy of the data is derived under this text. Nothing is saved by it.")
        elif work.text != text:
            st.caption("The text is another one since the last preview. Press Preview again.")
        else:
            show_before_after(work.state.found, written, changes)


def _offer_saving(text: str) -> None:
    with st.container(border=True):
        st.header("Save", anchor=False)
        since = st.date_input(
            "In force from",
            value=date.today(),
            key="terms_since",
            format="YYYY-MM-DD",
            help="From this day on it holds, for all months. Saved for today or earlier, "
            "the tables are derived anew at once.",
        )
        if st.button("Save as a new version", type=emphasis(), key="terms_save"):
            _save(text, since)


def _save(text: str, since: date) -> None:
    """Save, and say what happened on the next run. Raises what saving raises."""
    number, said = save_version(text, since, st.session_state[_BASE])
    st.session_state[_BASE] = number
    st.session_state[_SAID] = said
    st.rerun()
