"""SQL steps of who is asked for: their segments, and what the filters are about."""

from __future__ import annotations

from dataclasses import replace

from data.schema.contract import UNASSIGNED
from data.sql import Step, Value
from metrics.scope import Dimension, Scope

EVERYTHING = "all"
"""The one segment where events are not sliced."""


def filtered_columns(scope: Scope) -> tuple[str, ...]:
    """What the columns are called that the scope's filters are about."""
    return tuple(dict.fromkeys(f"filtered_{each.dimension.value}" for each in scope.filters))


def asked_step(scope: Scope, by: Dimension | None) -> Step:
    """The first step of who is asked for: every lead the viewer may see, and the bounds.

    The scope's filters drop nothing here: what they are about is carried along.
    """
    scoped = replace(scope, filters=()).step("journey")
    carried = "".join(
        f", {name.removeprefix('filtered_')} AS {name}" for name in filtered_columns(scope)
    )
    segment = by.value if by else f"'{EVERYTHING}'"
    empty = "CAST(NULL AS VARCHAR)"
    uncarried = f", {empty}" * len(filtered_columns(scope))
    bounds = ", ".join(["CAST(? AS DATE)"] * 3)
    values: tuple[Value, ...] = (
        *scoped.values,
        scope.period.start,
        scope.period.end,
        scope.observed_until,
    )
    parts = [
        f"SELECT 'lead' AS row_kind, lead_id, person_id, account_id, episode, lead_on,"
        f" {segment} AS segment, period_start, period_end, observed_until{carried}"
        f" FROM ({scoped.sql}) AS scoped",
        f"SELECT 'bounds', {empty}, {empty}, {empty}, 0, CAST(NULL AS DATE), {empty},"
        f" {bounds}{uncarried}",
    ]
    return Step("asked", "\nUNION ALL\n".join(parts), values)


def asked_people_step(scope: Scope, by: Dimension | None, known: str, name: str) -> Step:
    """Of the people in the step `known` those asked for, of events with a day in the period.

    Adds the `segment`, and what the filters are about. It follows `people_steps`.
    """
    theirs = "".join(f"who.{each}, " for each in filtered_columns(scope))
    narrowed = bool(scope.filters or scope.viewer.restrictions)
    return Step(
        name,
        f"""
        SELECT {known}.*, {theirs}
            coalesce(who.segment, '{UNASSIGNED if by else EVERYTHING}') AS segment
        FROM {known}
        CROSS JOIN bounds
        LEFT JOIN who ON who.person_id = {known}.person_id
        WHERE {known}.starts_on <= bounds.period_end AND {known}.ends_on >= bounds.period_start
            {"AND who.person_id IS NOT NULL" if narrowed else ""}
        """,
    )


def people_steps(scope: Scope) -> tuple[Step, ...]:
    """Steps to `who`: per person, the segment of the earliest lead, and what filters are about."""
    carried = ", ".join(("segment", *filtered_columns(scope)))
    return (
        Step(
            "bounds",
            "SELECT period_start, period_end, observed_until FROM asked WHERE row_kind = 'bounds'",
        ),
        Step(
            "who",
            f"""
            SELECT person_id, {carried}
            FROM (
                SELECT person_id, {carried}, row_number() OVER (
                    PARTITION BY person_id ORDER BY lead_on NULLS LAST, lead_id, episode
                ) AS place
                FROM asked
                WHERE row_kind = 'lead' AND person_id IS NOT NULL
            ) AS ranked
            WHERE place = 1
            """,
        ),
    )
