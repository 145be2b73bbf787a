"""What is to be done next, and who is to come back: due, overdue, done, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.follow_up.grouping import ActionsBy, Doer, Matter
from metrics.follow_up.next_actions import next_action_records, next_actions
from metrics.follow_up.recycles import recycle_records, recycles
from metrics.scope import Dimension, Scope
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import day, number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_table_or

SHOWN = 500
"""So many rows of a list stand on the page."""

BY: dict[str, ActionsBy] = {
    "Who is to do it": Doer.RESPONSIBLE,
    "Team": Doer.TEAM,
    "What is to be done": Matter.KIND,
    "Reason": Matter.REASON,
    "Region": Dimension.REGION,
    "Channel": Dimension.CHANNEL,
    "Level": Dimension.TIER,
}


def _by() -> tuple[str, ActionsBy]:
    title = choose_one("By", BY, key="next_actions_by", width=240)
    return title, BY[title]


def show_next_actions(scope: Scope) -> None:
    """How many actions are overdue and with whom, and each of them."""
    title, by = _by()
    counts = measure(next_actions, scope, by)
    total = {name: int(counts[name].sum()) for name in ("due", "done", "overdue", "overdue_else")}
    st.markdown(
        f"Of **{formats.counted(total['due'], 'action')}** due in the period, "
        f"**{formats.count(total['done'])}** were done by their day and "
        f"**{formats.count(total['overdue'])}** are overdue; "
        f"{formats.count(total['overdue_else'])} more are overdue since other days."
    )
    show_table_or(
        "No next action is due in the period, and none is open.",
        counts,
        alt=f"Next actions by {title}",
        stem=file_stem("next_actions", scope.period),
        columns={
            "segment": text(title, pinned=True),
            "due": number("Due"), "done": number("Done by the day"),
            "done_late": number("Done late"), "overdue": number("Overdue"),
            "done_rate": percent("Done by the day, share"), "done_low": percent("from"),
            "done_high": percent("to"), "overdue_else": number("Overdue, due on other days"),
            "due_later": number("Due later"), "no_day": number("No day"),
        },
    )  # fmt: skip
    columns = {
        "responsible": text("With", pinned=True), "state": text("State"),
        "kind": text("To do", wide="medium"), "lead_id": text("Lead"), "account": text("Company"),
        "due_on": day("Due on"), "overdue_days": number("Days overdue"),
        "done_on": day("Done on"), "result": text("Result"), "reason": text("Reason"),
        "tier": text("Level"),
    }  # fmt: skip
    _listed(measure(next_action_records, scope), columns, scope, "next_action_records",
            "Next actions, the longest overdue first")  # fmt: skip


def show_recycles(scope: Scope) -> None:
    """How many leads were to come back, how many did, and each that is due."""
    title, by = _by()
    counts = measure(recycles, scope, by)
    total = {
        name: int(counts[name].sum())
        for name in ("came_due", "due", "qualified_again", "won", "due_else", "due_later")
    }
    st.markdown(
        f"**{formats.counted(total['came_due'], 'lead')}** "
        f"{'was' if total['came_due'] == 1 else 'were'} to come back in the period: "
        f"**{formats.count(total['qualified_again'] + total['won'])}** qualified again, "
        f"{formats.count(total['won'])} of them were won, and "
        f"**{formats.count(total['due'])}** are due and did not. "
        f"{formats.count(total['due_else'])} more are due since other days, "
        f"{formats.count(total['due_later'])} come back later."
    )
    show_table_or(
        "No lead has a reason after which the definitions call it back.",
        counts,
        alt=f"Leads to come back by {title}",
        stem=file_stem("recycles", scope.period),
        columns={
            "segment": text(title, pinned=True),
            "came_due": number("To come back"), "due": number("Due, did not qualify"),
            "qualified_again": number("Qualified again"), "won": number("Won"),
            "again_rate": percent("Came back, share"), "again_low": percent("from"),
            "again_high": percent("to"), "due_else": number("Due since other days"),
            "due_later": number("Due later"),
        },
    )  # fmt: skip
    columns = {
        "responsible": text("With", pinned=True), "state": text("State"), "lead_id": text("Lead"),
        "account": text("Company"), "reason": text("Reason"), "next_action": text("To do"),
        "recycle_on": day("Comes back on"), "due_days": number("Days since"),
        "again_on": day("Qualified again"), "won_on": day("Won on"), "tier": text("Level"),
        "score": score("Score"),
    }  # fmt: skip
    _listed(measure(recycle_records, scope), columns, scope, "recycle_records",
            "Leads to come back, the longest due first")  # fmt: skip


def _listed(
    whole: pl.DataFrame, columns: Mapping[str, ColumnConfig], scope: Scope, stem: str, alt: str
) -> None:
    if whole.is_empty():
        return
    if len(whole) > SHOWN:
        note_cut(SHOWN, len(whole))
    show_table_or(
        "",
        whole.head(SHOWN).select(list(columns)),
        alt=alt,
        stem=file_stem(stem, scope.period),
        columns=columns,
        everything=lambda: whole,
    )
