"""SQL steps that build `path_step`: the touches of loaded paths, as the newest load says them."""

from __future__ import annotations

from data.schema.bookkeeping import LOADS_IN_ORDER
from data.schema.contract import UNASSIGNED
from data.spelling import Spelt
from data.sql import Step

_KEY = "source_system, path_id"


def path_step_steps() -> tuple[Step, ...]:
    """Steps that end in `path_step`: one row per touch of a path that counts.

    A path that a newer load tells in fewer touches keeps none of the others: of its touches those
    count that the newest load with any of them reports. All loads that report a touch are asked,
    not only the first, so that neither the order of arrival nor an undo leaves a trace.
    """
    tables = ("path_touch", "path_touch_version", "path_touch_reported_by")
    reports = " UNION ALL ".join(f"SELECT {_KEY}, position, load_id FROM {each}" for each in tables)
    channel = Spelt("channel", "path_touch.channel")
    campaign = Spelt("campaign", f"coalesce(path_touch.campaign, '{UNASSIGNED}')")
    content = Spelt("content", f"coalesce(path_touch.content, '{UNASSIGNED}')")
    return (
        Step(
            "reported_touches",
            f"""
            SELECT reported.source_system, reported.path_id, reported.position,
                max(ranked.place) AS last_load
            FROM ({reports}) AS reported
            JOIN ({LOADS_IN_ORDER}) AS ranked ON ranked.load_id = reported.load_id
            GROUP BY reported.source_system, reported.path_id, reported.position
            """,
        ),
        Step(
            "told_touches",
            f"""
            SELECT reported_touches.*, max(last_load) OVER (PARTITION BY {_KEY}) AS newest_load
            FROM reported_touches
            """,
        ),
        Step(
            "path_step",
            f"""
            SELECT path_touch.source_system, path_touch.path_id,
                row_number() OVER (
                    PARTITION BY path_touch.source_system, path_touch.path_id
                    ORDER BY path_touch.position
                ) AS place,
                {channel.shown} AS channel,
                {campaign.shown} AS campaign,
                {content.shown} AS content
            FROM path_touch
            JOIN told_touches
                ON told_touches.source_system = path_touch.source_system
                AND told_touches.path_id = path_touch.path_id
                AND told_touches.position = path_touch.position
            {channel.join}
            {campaign.join}
            {content.join}
            WHERE told_touches.last_load = told_touches.newest_load
            """,
        ),
    )
