"""Responses by owner, region, channel or level: in time or not, and after how many hours."""

from __future__ import annotations

import streamlit as st

from metrics.follow_up.grouping import Doer, GroupBy
from metrics.follow_up.response_times import response_times
from metrics.follow_up.states import follow_up_states
from metrics.scope import Dimension, Scope
from pages.charts.dispatching.states import state_bars
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table

BY: dict[str, GroupBy] = {
    "Owner": Dimension.OWNER,
    "Team": Doer.TEAM,
    "Region": Dimension.REGION,
    "Channel": Dimension.CHANNEL,
    "Campaign": Dimension.CAMPAIGN,
    "Level": Dimension.TIER,
}


def chosen_by() -> GroupBy:
    """By what MQLs are sliced, the same in all questions that ask."""
    by = BY[choose_one("By", BY, key="follow_up_by", width=240)]
    if by is Doer.TEAM and not definitions().follow_up.team:
        st.info(
            "The definitions name no team. Add `[[follow_up.team]]` with its `owners` on the "
            "Definitions page.",
            icon=":material/group_add:",
        )
    return by


def show_states(scope: Scope) -> None:
    """How many MQLs of each segment got a response in time, late, or none."""
    by = chosen_by()
    rows = measure(follow_up_states, scope, by)
    show_chart(
        state_bars(rows),
        key="follow_up_states",
        alt=f"MQLs in time, late and without a response, by {by.label}",
    )
    show_table(
        rows,
        alt=f"Responses to MQLs by {by.label}",
        stem=file_stem(f"follow_up_{by.value}", scope.period),
        columns={
            "segment": text(by.label.capitalize(), pinned=True),
            "handed_over": number("MQLs"),
            "in_time": number("In time"),
            "late": number("Late"),
            "overdue": number("No response"),
            "waiting": number("Waiting"),
            "no_calendar": number("No calendar"),
            "judged": None,
            "in_time_rate": percent("In time"),
            "in_time_low": percent("from"),
            "in_time_high": percent("to"),
            "overdue_rate": percent("No response"),
            "overdue_low": None,
            "overdue_high": None,
            "accepted": number("Accepted"),
            "rejected": number("Rejected"),
            "shared": number("Two owners"),
            "no_owner": number("No owner"),
            "again": number("Had come back"),
        },
    )
    st.caption("Shares are of MQLs with a response or past their deadline, with bounds of 95%.")


def show_response_times(scope: Scope) -> None:
    """After how many working hours half, and 95%, of the MQLs of each segment had a response."""
    by = chosen_by()
    show_table(
        measure(response_times, scope, by),
        alt=f"Working hours until a response by {by.label}",
        stem=file_stem(f"response_times_{by.value}", scope.period),
        columns={
            "segment": text(by.label.capitalize(), pinned=True),
            "mqls": number("MQLs"),
            "responded": number("With a response"),
            "open": number("Without"),
            "hour_unknown": number("Hour unknown", meaning="Only the day of the response is known"),
            "p50_hours": number("Half, working hours"),
            "p95_hours": number("95%, working hours"),
        },
    )
    st.caption(
        "MQLs that still wait count as long as they have waited: a backlog does not look fast. "
        "Empty where fewer than so many are seen to have a response. A response of which only the "
        "day is known counts at that day's close."
    )
