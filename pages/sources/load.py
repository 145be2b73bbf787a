"""Load: from an export to the warehouse, and back."""

import streamlit as st

from pages.controls.problems import emphasis, explained
from pages.sources.loading.history import manage_load, show_loads
from pages.sources.loading.job import is_busy, start_load
from pages.sources.loading.job_view import show_job
from pages.sources.loading.mapping import choose_mapping, choose_sheet, to_correct
from pages.sources.loading.preview import show_preview
from pages.sources.loading.proposal import correct_proposal
from pages.sources.loading.questions import ask
from pages.sources.loading.sample import offer_removal
from pages.sources.loading.upload import choose_export_day, declare_full_export, keep_upload

st.caption("Upload an export, check how it is read, then load it. Every load can be undone.")

upload = None
with st.container(border=True), explained():
    if upload := keep_upload():
        said = choose_sheet(upload)
        shown = choose_mapping(upload, said)
        draft = to_correct(upload, shown, said) if shown.mapping else shown
        if draft:
            correct_proposal(upload, draft, said)
        else:
            answered = ask(upload, shown, said)
            show_preview(answered.shown)
            as_of = choose_export_day("load_as_of")
            full_export = declare_full_export("load_full_export")
            with st.container(horizontal=True):
                for label, dry_run in (("Try without loading", True), ("Load", False)):
                    st.button(
                        label,
                        type="secondary" if dry_run else emphasis(),
                        icon=":material/science:" if dry_run else ":material/upload:",
                        disabled=is_busy() or answered.is_open,
                        on_click=start_load,
                        args=(upload, shown.mapping),
                        kwargs={
                            "dry_run": dry_run,
                            "as_of": as_of,
                            "full_export": full_export,
                            "said": answered.said,
                        },
                        key=f"load_start_{dry_run}".lower(),
                    )

# Here, because whoever has just pressed a button above would not see it at the top of the page.
show_job(upload)

with explained():
    offer_removal()

with st.container(border=True), explained():
    st.header("Load history", anchor=False)
    manage_load(show_loads())
