"""A job at work, and what came of it."""

from __future__ import annotations

import streamlit as st

from loaders.outcome import Outcome, Status
from loaders.progress import Standing
from metrics.wording import formats
from pages.controls.problems import explained
from pages.display.text import escape
from pages.sources.loading.history import show_rejects
from pages.sources.loading.job import Job, current_job, put_away
from pages.sources.loading.preview import show_reasons, show_remarks
from pages.sources.loading.unknown_words import ask_for_unknown_words
from pages.sources.loading.upload import Upload, forget_upload

_REFRESH_SECONDS = 0.5


def show_job(upload: Upload | None) -> None:
    """The job at work or what came of the last one; nothing when there is none.

    What came of a file leaves when another one is uploaded.
    """
    job = current_job()
    if job is None:
        return
    if upload and job.upload and job.upload.file_id != upload.file_id:
        put_away()
        if not job.state.running:
            return
    if job.state.running:
        _follow()
        return
    with st.container(border=True):
        _show_result(job, upload)
        st.button("Close", on_click=_close, args=(job,), key="load_close", icon=":material/close:")


def _close(job: Job) -> None:
    """Put the result away, and with it a file that is loaded now."""
    put_away()
    outcome = job.state.outcome
    if outcome is not None and outcome.status is not Status.FAILED and not job.dry_run:
        forget_upload()


@st.fragment(run_every=_REFRESH_SECONDS)
def _follow() -> None:
    """Draws itself again until the job has ended, then the whole page."""
    with explained():
        job = current_job()
        if job is None or not job.state.running:
            st.rerun()
        else:
            _show_progress(job)


def _show_progress(job: Job) -> None:
    standing = job.state.standing
    # Not entered as a context: left, it would say that the work is complete.
    status = st.status(f"{escape(job.title)}: {escape(standing.phase)}", expanded=True)
    status.progress(standing.share, text=escape(_pace(standing)))
    status.caption("You can leave this page and come back; the work goes on.")
    status.button("Stop", on_click=job.stop, key="load_stop", icon=":material/stop_circle:")


def _pace(standing: Standing) -> str:
    """How far it is in words: until more is known, how long this step has been at work."""
    pace = standing.pace or (f"{standing.seconds:.0f} s in this step",)
    return " · ".join((f"{standing.share:.0%}", *pace))


def _show_result(job: Job, upload: Upload | None) -> None:
    state = job.state
    st.header(escape(job.title), anchor=False)
    if state.outcome is not None:
        _show_outcome(state.outcome, dry_run=job.dry_run)
        if upload and job.upload and not job.dry_run:
            ask_for_unknown_words(job, upload, state.outcome)
    elif state.problem:
        st.error(escape(state.problem), icon=":material/error:")
    else:
        st.success("Done. Every page is up to date.", icon=":material/check_circle:")
    if state.alerts:
        found = "".join(f"\n- {escape(line)}" for line in state.alerts)
        st.info(f"Alerts:\n{found}", icon=":material/notifications:")


def _show_outcome(outcome: Outcome, *, dry_run: bool) -> None:
    match outcome.status:
        case Status.FAILED:
            st.error(escape(outcome.message), icon=":material/error:")
        case Status.ALREADY_LOADED:
            st.info("This file is already loaded; nothing changed.", icon=":material/info:")
        case Status.LOADED if dry_run:
            st.success(
                "This would be loaded. Nothing was changed yet.", icon=":material/check_circle:"
            )
        case Status.LOADED:
            st.success("Loaded. Every page shows the new data.", icon=":material/check_circle:")
    if outcome.status is Status.LOADED:
        with st.grid(4, min_column_width=130):
            for label, rows in (
                ("Read", outcome.rows_read),
                ("Kept", outcome.rows_kept),
                ("Changed", outcome.rows_changed),
                ("Rejected", outcome.rows_rejected),
            ):
                st.metric(label, formats.count(rows), border=True)
    if outcome.rows_skipped:
        were = "row was" if outcome.rows_skipped == 1 else "rows were"
        left_out = f"{formats.count(outcome.rows_skipped)} more {were} left out"
        st.caption(f"{left_out}: totals and other lines that are no records.")
    show_remarks(outcome.remarks)
    if outcome.taken_out:
        sentences = "".join(f"\n- {escape(each.sentence)}" for each in outcome.taken_out)
        st.info(f"Contact details were hidden:\n{sentences}", icon=":material/lock:")
    if outcome.reasons:
        st.markdown("**Rejected rows by reason**")
        show_reasons(outcome.reasons)
    if outcome.rows_rejected and outcome.load_id and not dry_run:
        st.markdown("**All rejected rows**")
        show_rejects(outcome.load_id, outcome.file_name, "result_")
