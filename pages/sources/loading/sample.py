"""The made-up company: said so wherever its numbers are shown, and taken out on request."""

from __future__ import annotations

import streamlit as st

from metrics.wording import formats
from pages.controls.problems import emphasis
from pages.controls.sample_note import loaded_sample
from pages.sources.loading.job import is_busy, start_removing_sample


def offer_removal() -> None:
    """On the page Load: what of the sample is loaded, and the button that takes it out."""
    loaded = loaded_sample().sample
    if not loaded:
        return
    with st.container(border=True):
        st.header("The sample company", anchor=False)
        files = formats.counted(loaded, "file")
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
