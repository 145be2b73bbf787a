"""What to do with each channel, in a sentence each, and the test that would decide it."""

from __future__ import annotations

import streamlit as st

from metrics.channels.verdicts import channel_verdicts
from metrics.verdicts.verdict import Call
from metrics.verdicts.words import CREDIT_IS_NOT_EFFECT
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import definitions, measure
from pages.display.text import escape
from pages.review.returns.asked import Asked

_ICONS = {
    Call.CUT.value: ":material/content_cut:",
    Call.KEEP.value: ":material/check:",
    Call.GROW.value: ":material/trending_up:",
    Call.TEST_FIRST.value: ":material/science:",
}

_GRADES = {
    "A": "Grade A: an experiment showed it.",
    "B": "Grade B: spend varied by itself, and this went with it.",
    "C": "Grade C: credit alone.",
}


def show_verdicts(asked: Asked) -> None:
    """A verdict per channel, the most money at stake first."""
    found = measure(channel_verdicts, asked.scope, definitions())
    if found.is_empty():
        st.info("No channel has spend in this period: there is nothing to cut or to grow.")
        return
    for row in found.iter_rows(named=True):
        test = f" {escape(row['test'])}" if row["test"] else ""
        st.markdown(
            f"{_ICONS[row['call']]} **{escape(row['sentence'].partition(': ')[0])}**: "
            f"{escape(row['sentence'].partition(': ')[2])}{test} "
            f":gray[{_GRADES[row['grade']]}]"
        )
    st.caption(
        f"{CREDIT_IS_NOT_EFFECT} Credit is the linear model's here. In order of the spend at "
        "stake. Register an experiment (files `experiment` and `experiment_arm`), and its result "
        "decides."
    )
    offer_downloads(lambda: found, file_stem("channel_verdicts", asked.scope.period))
