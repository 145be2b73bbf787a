"""The made-up company: said so wherever its numbers are shown, and taken out on request."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from data.errors import EmptyStoreError
from data.storage.store import Store
from loaders.history import loads, sample_loads
from pages.controls.emphasis import emphasis
from pages.controls.jobs import is_busy, start_removing_sample
from pages.controls.measure import current_warehouse
from pages.controls.problems import LOAD_PAGE
from pages.display import formats


def show_sample_note() -> None:
    """On a page of numbers: that they are those of a made-up company, and where to remove it."""
    loaded = _loaded()
    if not loaded.sample:
        return
    told = (
        "**Part of what you see is a made-up company.** Remove it to see only your own files."
        if loaded.own
        else "**You are looking at a made-up company.** "
        "Remove it when you are ready to load your own files."
    )
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/theater_comedy: {told}", width="stretch")
        if st.button("Go to Load", key="sample_go", icon=":material/upload_file:"):
            st.switch_page(LOAD_PAGE)


def offer_removal() -> None:
    """On the page Load: what of the sample is loaded, and the button that takes it out."""
    loaded = _loaded().sample
    if not loaded:
        return
    with st.container(border=True):
        st.header("The sample company", anchor=False)
        files = "1 file" if loaded == 1 else f"{formats.count(loaded)} files"
        st.markdown(f"{files} of a made-up company are loaded. Remove them to see only your own.")
        if st.button(
            "Remove the sample company",
            icon=":material/delete_sweep:",
            disabled=is_busy(),
            key="sample_remove",
        ):
            _confirm(files)


@st.dialog("Remove the sample company?")
def _confirm(files: str) -> None:
    st.markdown(
        f"{files} of the made-up company are taken out, as if they had never been loaded. "
        "Files of your own stay. To see the sample again, load its files again."
    )
    with st.container(horizontal=True):
        if st.button(
            "Yes, remove it",
            type=emphasis(),
            on_click=start_removing_sample,
            key="sample_remove_confirmed",
        ):
            st.rerun()
        if st.button("Keep it", key="sample_keep"):
            st.rerun()


@dataclass(frozen=True, slots=True)
class _Loaded:
    """How many loads brought the made-up company, and how many are of own files."""

    sample: int = 0
    own: int = 0


def _loaded() -> _Loaded:
    try:
        return _counted(current_warehouse().generation)
    except EmptyStoreError:
        return _Loaded()


@st.cache_data(max_entries=4, ttl="1h", show_spinner=False)
def _counted(generation: str) -> _Loaded:
    store = Store.from_environment()
    sample = len(sample_loads(store))
    return _Loaded(sample, loads(store).height - sample)
