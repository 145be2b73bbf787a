"""The note that what a page shows is the made-up company."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from data.errors import EmptyStoreError
from data.storage.store import Store
from loaders.history import loads, sample_loads
from pages.controls.measure import current_warehouse
from pages.controls.problems import LOAD_PAGE


def show_sample_note() -> None:
    """On a page of numbers: that they are those of a made-up company, and where to remove it."""
    loaded = loaded_sample()
    if not loaded.sample:
        return
    label = "Part of it is a made-up company" if loaded.own else "A made-up company"
    if st.button(
        label,
        key="sample_go",
        icon=":material/theater_comedy:",
        type="tertiary",
        help="Remove it on the Load page when you are ready to load your own files.",
    ):
        st.switch_page(LOAD_PAGE)


@dataclass(frozen=True, slots=True)
class LoadedSample:
    """How many loads brought the made-up company, and how many are of own files."""

    sample: int = 0
    own: int = 0


def loaded_sample() -> LoadedSample:
    """How many loads of the current generation brought the sample; 0 in an empty store."""
    try:
        return _counted(current_warehouse().generation)
    except EmptyStoreError:
        return LoadedSample()


@st.cache_data(max_entries=4, ttl="1h", show_spinner=False)
def _counted(generation: str) -> LoadedSample:
    store = Store.from_environment()
    sample = len(sample_loads(store))
    return LoadedSample(sample, loads(store).height - sample)
