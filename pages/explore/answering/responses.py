"""Responses by owner, region, channel or level: in time or not, and after how many hours."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.schema.contract import UNASSIGNED
from metrics.follow_up.grouping import Doer, GroupBy
from metrics.follow_up.response_times import response_times
from metrics.follow_up.states import follow_up_states
from metrics.scope import Dimension, Scope
from pages.charts.dispatching.states import state_bars
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import CellChoice, show_chart, show_table
from pages.explore.answering.behind import show_mqls, take_mqls
from pages.segmenting.records import clicked

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
        on_click=_take_part,
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
        on_cell=CellChoice(
            "follow_up_state_cells",
            lambda row, column: take_mqls(
                rows["segment"][row], STATE_OF.get(column, ALL), key=STATE_RECORDS
            ),
        ),
    )
    st.caption("Shares are of MQLs with a response or past their deadline, with bounds of 95%.")
    show_mqls(scope, by, rows["segment"].to_list(), STATES, key=STATE_RECORDS)


def _take_part() -> None:
    """Open the MQLs of the part of a bar that was clicked."""
    if point := clicked("follow_up_states"):
        segment, state = point["customdata"]
        take_mqls(segment, state, key=STATE_RECORDS)


def show_response_times(scope: Scope) -> None:
    """After how many working hours half, and 95%, of the MQLs of each segment had a response."""
    by = chosen_by()
    rows = measure(response_times, scope, by)
    show_table(
        rows,
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
        on_cell=CellChoice(
            "follow_up_time_cells",
            lambda row, column: take_mqls(
                rows["segment"][row], TIME_OF.get(column, TIMED), key=TIME_RECORDS
            ),
        ),
    )
    st.caption(
        "MQLs that still wait count as long as they have waited: a backlog does not look fast. "
        "Empty where fewer than so many are seen to have a response. A response of which only the "
        "day is known counts at that day's close."
    )
    show_mqls(scope, by, rows["segment"].to_list(), TIMES, key=TIME_RECORDS)


STATE_RECORDS, TIME_RECORDS = "follow_up_state_mqls", "follow_up_time_mqls"

ALL, TIMED = "All MQLs", "MQLs with a calendar"

STATES = {
    ALL: pl.lit(value=True),
    "In time": pl.col("state") == "in time",
    "Late": pl.col("state") == "late",
    "No response": pl.col("state") == "overdue",
    "Waiting": pl.col("state") == "waiting",
    "No calendar": pl.col("state") == "no calendar",
    "Accepted": pl.col("answer") == "accepted",
    "Rejected": pl.col("answer") == "rejected",
    "Two owners": pl.col("is_shared"),
    "No owner": pl.col("responsible") == UNASSIGNED,
    "Had come back": pl.col("episode") > 1,
}
"""Which MQLs the numbers of `follow_up_states` count."""

STATE_OF = {
    "in_time": "In time", "late": "Late", "overdue": "No response", "waiting": "Waiting",
    "no_calendar": "No calendar", "in_time_rate": "In time", "overdue_rate": "No response",
    "accepted": "Accepted", "rejected": "Rejected", "shared": "Two owners", "no_owner": "No owner",
    "again": "Had come back",
}  # fmt: skip
"""What a click on a column opens."""

TIMES = {
    TIMED: pl.col("hours").is_not_null(),
    "With a response": pl.col("hours").is_not_null() & pl.col("responded_on").is_not_null(),
    "Without": pl.col("hours").is_not_null() & pl.col("responded_on").is_null(),
    "Hour unknown": pl.col("hours").is_not_null() & pl.col("hour_unknown"),
}
"""Which MQLs the numbers of `response_times` count."""

TIME_OF = {"responded": "With a response", "open": "Without", "hour_unknown": "Hour unknown"}
