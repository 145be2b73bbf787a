"""What to do with each channel, in a sentence each, and the test that would decide it."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.channels.verdicts import channel_verdicts
from metrics.verdicts.verdict import Call
from metrics.verdicts.words import CREDIT_IS_NOT_EFFECT
from metrics.wording import formats
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

_LEFT_OPEN = "Grade A: an experiment, which left it open."


def show_verdicts(asked: Asked) -> None:
    """A verdict per channel, the most money at stake first."""
    found = measure(channel_verdicts, asked.scope, definitions())
    if found.is_empty():
        st.info("No channel has spend in this period: there is nothing to cut or to grow.")
        return
    st.markdown(_in_short(found, asked.currency))
    for row in found.iter_rows(named=True):
        call, _, reason = row["sentence"].partition(": ")
        open_yet = row["grade"] == "A" and row["call"] == Call.TEST_FIRST.value
        grade = _LEFT_OPEN if open_yet else _GRADES[row["grade"]]
        below = " ".join(filter(None, (row["test"], grade)))
        st.markdown(
            f"{_ICONS[row['call']]} **{escape(call)}**: {escape(reason)}  \n:small[{escape(below)}]"
        )
    st.caption(
        f"{CREDIT_IS_NOT_EFFECT} Credit is the linear model's here. In order of the spend at "
        "stake. Register an experiment (files `experiment` and `experiment_arm`), and its result "
        "decides."
    )
    offer_downloads(lambda: found, file_stem("channel_verdicts", asked.scope.period))


def _in_short(found: pl.DataFrame, currency: str) -> str:
    """Which channels to cut, grow, keep and test, before the reasons."""
    names = {
        call: found.filter(call=call.value)["channel"].to_list()
        for call in (Call.CUT, Call.GROW, Call.KEEP, Call.TEST_FIRST)
    }
    neither = [call.value for call in (Call.CUT, Call.GROW) if not names[call]]
    said = [f"Nothing is known well enough to {' or to '.join(neither)}."] if neither else []
    for call in (Call.CUT, Call.GROW, Call.KEEP):
        if names[call]:
            said.append(f"**{call.value.title()}** {escape(formats.listed(names[call]))}.")
    if names[Call.TEST_FIRST]:
        open_spend = found.filter(call=Call.TEST_FIRST.value)["at_stake_amount"].sum()
        part = (
            formats.money(open_spend, currency),
            formats.money(found["at_stake_amount"].sum(), currency),
        )
        said.append(
            f"**Test** {escape(formats.listed(names[Call.TEST_FIRST]))} **first**: "
            f"{escape(part[0])} of the {escape(part[1])} spent."
        )
    return " ".join(said)
