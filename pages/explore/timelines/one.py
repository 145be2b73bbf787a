"""One subject: what happened in a sentence, lanes by month, and a list of events by day."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from typing import Any

import polars as pl
import streamlit as st

from data.errors import MetricError
from metrics.journeys.happening import Happening
from metrics.journeys.lanes import EVERY_LANE, Lane, timeline_lanes
from metrics.journeys.subject import Subject
from metrics.journeys.timeline import EVENT_LIMIT, Order, timeline
from metrics.scope import Scope
from metrics.wording import formats
from pages.charts.journeys.lanes import timeline_lanes as lanes_chart
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import definitions, measure
from pages.controls.problems import show_unanswered
from pages.controls.tables import show_chart
from pages.display.text import escape
from pages.explore.timelines.asked import PAGE, Search, first_page, name_of, show_found

A_PAGE = 50
"""Events that are listed at once; the rest is paged in the engine."""

_LANES = "journeys_lanes"

ICONS = {
    Happening.PERSON_MERGED: "merge",
    Happening.ACCOUNT_MERGED: "merge",
    Happening.OUTBOUND: "outgoing_mail",
    Happening.TOUCH: "touch_app",
    Happening.LEFT_OUT: "block",
    Happening.OTHER: "more_horiz",
    Happening.STAGE: "stairs",
    Happening.ASSIGNED: "person_add",
    Happening.ACCEPTED: "thumb_up",
    Happening.REJECTED: "thumb_down",
    Happening.DEAL_OPENED: "handshake",
    Happening.DEAL_JOINED: "group_add",
    Happening.DEAL_STAGE: "handshake",
    Happening.DEAL_CHANGED: "edit",
    Happening.DEAL_WON: "trophy",
    Happening.DEAL_LOST: "cancel",
    Happening.TAKEN_BACK: "undo",
    Happening.RECORD_GONE: "history",
}


_SINGULAR = {
    Lane.TOUCHES: "touch",
    Lane.OTHERS: "contact or other",
    Lane.STAGES: "stage entry",
    Lane.OWNERS: "owner",
    Lane.FEEDBACK: "feedback",
    Lane.DEALS: "event of deals",
    Lane.MERGES: "merge",
    Lane.PAST: "taken back",
}


def show_one(scope: Scope, search: Search) -> None:
    """What the search found, and the timeline of what is chosen."""
    show_found(search)
    subject = search.subject
    if subject is None:
        return
    try:
        lanes = measure(timeline_lanes, scope, definitions(), subject)
    except MetricError as unknown:
        show_unanswered(unknown)
        return
    if lanes.is_empty():
        st.info(
            f"Nothing happened to this {subject.kind} {escape(scope.period.describe())}. Choose a "
            "longer period in the sidebar.",
            icon=":material/event_busy:",
        )
        return
    st.markdown(_in_short(lanes, name_of(scope, subject)))
    dated = lanes.drop_nulls("month_on")
    if not dated.is_empty():
        show_chart(
            lanes_chart(lanes),
            key="journeys_chart",
            alt="How much happened in each month, by kind",
        )
    _show_events(scope, subject, lanes)


def _in_short(lanes: pl.DataFrame, name: str) -> str:
    counts = dict(lanes.group_by("lane").agg(pl.col("events").sum()).iter_rows())
    parts = [
        formats.counted(counts[each], _SINGULAR[each], each)
        for each in EVERY_LANE
        if each in counts
    ]
    first, last = lanes["first_on"].min(), lanes["last_on"].max()
    between = f", from {_day(first)} to {_day(last)}" if isinstance(first, date) else ""
    total = formats.counted(sum(counts.values()), "event")
    return f"**{escape(name)}**: {total}{between}: {escape(formats.listed(parts))}."


def _show_events(scope: Scope, subject: Subject, lanes: pl.DataFrame) -> None:
    """The newest events, by day; the kinds to choose from are those that there are."""
    counts = dict(lanes.group_by("lane").agg(pl.col("events").sum()).iter_rows())
    there = [each.value for each in EVERY_LANE if each in counts]
    chosen = st.pills(
        "Only",
        there,
        selection_mode="multi",
        format_func=str.capitalize,
        key=_LANES,
        on_change=first_page,
        bind="query-params",
        persist_state="session",
    )
    kept = tuple(Lane(each) for each in chosen or there)
    total = sum(counts[each] for each in kept)
    pages = -(-total // A_PAGE)
    page = 1
    with st.container(horizontal=True, vertical_alignment="center"):
        if pages > 1:
            page = st.pagination(pages, key=PAGE, bind="query-params")
        st.caption(
            f"Events {formats.count(A_PAGE * (page - 1) + 1)} to "
            f"{formats.count(min(A_PAGE * page, total))} of {formats.count(total)}, newest first"
        )
    after = A_PAGE * (page - 1)
    events = measure(
        timeline, scope, definitions(), subject, Order.NEWEST, A_PAGE, after, lanes=kept
    )
    st.markdown(_listed(events))
    offer_downloads(
        lambda: measure(
            timeline, scope, definitions(), subject, Order.NEWEST, EVENT_LIMIT, 0, lanes=kept
        ),
        file_stem(f"timeline_{subject.kind}_{subject.id}", scope.period),
    )
    if total > EVENT_LIMIT:
        st.caption(
            f"The downloads hold the newest {formats.count(EVENT_LIMIT)} events: choose a shorter "
            "period for the others."
        )


def _listed(events: pl.DataFrame) -> str:
    """A heading per day, and a line per event."""
    blocks = []
    for on, rows in groupby(events.iter_rows(named=True), key=lambda row: row["occurred_on"]):
        lines = "\n".join(f"- {_line(row)}" for row in rows)
        blocks.append(f"**{'Without a day' if on is None else _day(on)}**\n{lines}")
    return "\n\n".join(blocks)


def _line(row: dict[str, Any]) -> str:
    kind = Happening(row["kind"])
    at = f"{row['occurred_at']:%H:%M} UTC" if row["occurred_at"] is not None else None
    amount = formats.money(row["amount"], definitions().base_currency) if row["amount"] else None
    told = [row["channel"], row["campaign"], row["content"]]
    known = [each for each in told if each and each != "Unassigned"]
    whose = [f"lead {row['lead_id']}"] if row["lead_id"] else []
    if not whose and row["person_id"]:
        whose = [f"person {row['person_id'][:12]}"]
    details = " · ".join(escape(each) for each in (at, amount, *known, *whose) if each)
    return f":material/{ICONS[kind]}: {escape(row['what'])} :small[{details}]".rstrip()


def _day(on: object) -> str:
    return f"{on:%d %b %Y}".lstrip("0")
