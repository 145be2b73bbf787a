"""The work list: who is to do something about which lead, why, and how overdue it is."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.follow_up.work_list import work_list
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.address import choose_one, report_ignored
from pages.controls.columns import day, number, score, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_table_or

EVERYBODY = "Everybody"

SHOWN = 500
"""So many rows stand on the page."""

_COLUMNS = {
    "responsible": text("With", meaning="Who got it last and did not reject it, else the owner."),
    "lead_id": text("Lead"),
    "account": text("Company"),
    "why": text("Why", wide="medium"),
    "due_on": day("Due on"),
    "overdue_days": number("Days overdue"),
    "waited_hours": score("Working hours waited"),
    "tier": text("Level"),
    "score": score("Score"),
    "channel": text("Channel"),
    "region": text("Region"),
    "reason": text("Reason given"),
    "next_action": text("Next action"),
    "is_shared": tick("Two owners", meaning="With two owners at once."),
}


def show_work_list(scope: Scope) -> None:
    """The list, of everybody or of one owner; the download has the same rows."""
    whole = measure(work_list, scope)
    names = whole.group_by("responsible").len().sort("len", "responsible", descending=[True, False])
    owners = names["responsible"].to_list()
    report_ignored({"follow_up_owner": {EVERYBODY, *owners}.__contains__})
    chosen = choose_one("Owner", [EVERYBODY, *owners], key="follow_up_owner", width=360)
    rows = whole if chosen == EVERYBODY else whole.filter(pl.col("responsible") == chosen)
    counts = rows.group_by("why").len().sort("len", descending=True)
    if len(rows):
        st.markdown(
            "; ".join(f"{why}: **{formats.count(many)}**" for why, many in counts.iter_rows()) + "."
        )
    if len(rows) > SHOWN:
        note_cut(SHOWN, len(rows), first="longest overdue")
    show_table_or(
        "Nobody waits for a response or was to come back.",
        rows.head(SHOWN).select(list(_COLUMNS)),
        alt="Leads that wait for sales, the longest overdue first",
        stem=file_stem("work_list", scope.period),
        columns=_COLUMNS,
        everything=lambda: rows,
    )
