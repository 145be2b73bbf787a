"""The MQLs behind a number of follow-up: of a segment, and counted as this or that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.mql_records import mql_records
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import day, score, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_table
from pages.display.text import escape
from pages.segmenting.question import TIMES
from pages.segmenting.records import NOBODY

SHOWN = 500
"""So many records stand on the page."""

EVERYBODY = "All"
"""In place of a segment: the MQLs of all."""

_COLUMNS = {
    "lead_id": text("Lead", pinned=True), "account": text("Company"), "mql_on": day("MQL on"),
    "state": text("State"), "responded_on": day("Response on"), "hours": score("Working hours"),
    "answer": text("Answer"), "answer_reason": text("Rejected for"), "reason": text("Reason"),
    "next_action": text("Next action"), "responsible": text("With"), "team": text("Team"),
    "channel": text("Channel"), "campaign": text("Campaign"), "region": text("Region"),
    "tier": text("Level"), "score": score("Score"),
    "is_shared": tick("Two owners", meaning="With two owners at once."),
}  # fmt: skip


def as_of(key: str) -> str:
    """The widget that says as what the MQLs are counted."""
    return f"{key}_as"


def take_mqls(segment: str, counted_as: str, *, key: str) -> None:
    """Open the MQLs of a number; of the one that is open, close them. For a click's callback."""
    state = st.session_state
    is_open = state.get(key) == segment and state.get(as_of(key)) == counted_as
    state[key] = NOBODY if is_open else segment
    state[as_of(key)] = counted_as


def show_mqls(
    scope: Scope,
    by: GroupBy | None,
    segments: Sequence[str],
    counted_as: Mapping[str, pl.Expr],
    *,
    key: str,
) -> None:
    """A segment and what is counted to choose, and whoever is behind the number.

    `counted_as` says which MQLs count, by the columns of `mql_records`. Without `by` all segments
    are one.
    """
    for name, options in ((key, (NOBODY, *segments)), (as_of(key), tuple(counted_as))):
        if name in st.session_state and st.session_state[name] not in options:
            st.session_state[name] = options[0]  # the number of another question
    with st.container(horizontal=True, gap="medium"):
        segment = choose_one("MQLs of", [NOBODY, *segments], key=key, width=320)
        chosen = choose_one("Counted as", counted_as, key=as_of(key), width=320)
    if segment == NOBODY:
        st.caption("Click a number to see its MQLs, or choose whose here.")
        return
    of_segment = pl.lit(value=True) if by is None else pl.col(by.value) == segment
    found = measure(mql_records, scope).filter(of_segment, counted_as[chosen])
    if found.is_empty():
        st.info("No MQL is behind this number.", icon=":material/info:")
        return
    st.markdown(f"**{formats.counted(len(found), 'MQL')}**, the newest first.")
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="newest")
    show_table(
        found.head(SHOWN).select(list(_COLUMNS)),
        alt=f"MQLs of {escape(TIMES.join((segment, chosen)))}",
        stem=file_stem("mql_records", scope.period),
        columns=_COLUMNS,
        everything=lambda: found,
        place=key,
    )
