"""After a load: the words that its mapping did not know, each with a choice, and loading again."""

from __future__ import annotations

import streamlit as st

from data.errors import BackcastError
from data.privacy.contacts import without_contacts
from data.storage.store import Store
from loaders.correcting.unknown_words import UnknownWords, unknown_words, with_words
from loaders.history import rejected
from loaders.language.library import check_mapping, keep_mapping
from loaders.outcome import Outcome
from metrics.wording import formats
from pages.controls.problems import emphasis
from pages.display.text import escape, spoken
from pages.sources.loading.job import Job, is_busy
from pages.sources.loading.mapping import known_mappings, previewed, read_as
from pages.sources.loading.upload import Upload

_AT_ONCE = 24
"""Words of a column that are asked; the others are in the list of rejected rows."""

_FAILED = "load_words_failed"


def ask_for_unknown_words(job: Job, upload: Upload, outcome: Outcome) -> None:
    """What each word means for which rows were refused; nothing where every word was known."""
    mapping = known_mappings().get(outcome.mapping or "")
    if mapping is None or outcome.load_id is None or not outcome.rows_rejected:
        return
    unknown = unknown_words(mapping, rejected(Store.from_environment(), outcome.load_id))
    if not unknown:
        return
    st.markdown("**Words that are not known yet**")
    st.caption(
        "Their rows were rejected. Say what they mean and load the file again; the words are "
        "remembered for the next file. Words without a choice stay rejected."
    )
    chosen = {each.name: _choose(each, f"load_words_{outcome.load_id}") for each in unknown}
    said = {name: words for name, words in chosen.items() if words}
    st.button(
        "Save the words and load again",
        type=emphasis(),
        icon=":material/save:",
        disabled=not said or is_busy(),
        on_click=_keep_and_load,
        args=(job, upload, mapping.name, said),
        key="load_words_save",
    )
    if failed := st.session_state.pop(_FAILED, None):
        st.error(escape(failed), icon=":material/error:")


def _choose(unknown: UnknownWords, place: str) -> dict[str, str]:
    found = {}
    with st.grid(3, min_column_width=210):
        for word, rows in list(unknown.rows.items())[:_AT_ONCE]:
            found[word] = st.selectbox(
                f"{spoken(unknown.header)}: {spoken(word)} ({formats.counted(rows, 'row')}) means",
                unknown.meanings,
                index=None,
                placeholder="Choose what it means",
                key=f"{place}_{unknown.name}_{word}",
            )
    return {word: use for word, use in found.items() if use}


def _keep_and_load(job: Job, upload: Upload, name: str, said: dict[str, dict[str, str]]) -> None:
    """Runs when the button is pressed, before the page is drawn again."""
    mapping = known_mappings()[name]
    try:
        text = with_words(mapping.file.read_text(encoding="utf-8"), said)
        columns = tuple(use.header for use in previewed(upload, name).columns)
        keep_mapping(check_mapping(text, columns, without_contacts(upload.path.name)), replace=True)
    except BackcastError as error:
        st.session_state[_FAILED] = str(error)
        return
    read_as(upload, name)
    job.again()
