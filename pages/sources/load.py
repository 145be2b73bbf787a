"""Load: from an export to the warehouse, and back."""

import streamlit as st

from pages.controls.export_day import choose_export_day
from pages.controls.jobs import is_busy, start_load
from pages.controls.load_draft import correct_draft
from pages.controls.load_job import show_job
from pages.controls.load_mapping import choose_mapping
from pages.controls.load_preview import show_preview
from pages.controls.loads import manage_load, show_loads
from pages.controls.problems import emphasis, explained
from pages.controls.sample import offer_removal
from pages.controls.uploads import keep_upload

st.caption("Upload an export, look at what becomes of it, then load it. Any load can be undone.")

with st.container(border=True), explained():
    upload = keep_upload()
    shown = choose_mapping(upload) if upload else None
    if upload and shown and shown.mapping is None:
        correct_draft(upload, shown)
    elif upload and shown:
        show_preview(shown)
        as_of = choose_export_day("load_as_of")
        with st.container(horizontal=True):
            for label, dry_run in (("Try without loading", True), ("Load", False)):
                st.button(
                    label,
                    type="secondary" if dry_run else emphasis(),
                    icon=":material/science:" if dry_run else ":material/upload:",
                    disabled=is_busy(),
                    on_click=start_load,
                    args=(upload, shown.mapping),
                    kwargs={"dry_run": dry_run, "as_of": as_of},
                    key=f"load_start_{dry_run}".lower(),
                )

# Here, because whoever has just pressed a button above would not see it at the top of the page.
show_job()

with explained():
    offer_removal()

with st.container(border=True), explained():
    st.header("What was loaded", anchor=False)
    manage_load(show_loads())
