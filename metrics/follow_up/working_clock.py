"""What the clock of each working calendar shows when the last day observed is over."""

from __future__ import annotations

from data.sql import Step


def clock_steps() -> tuple[Step, ...]:
    """Steps to `clocks`, after `scoped`: one row per calendar, with what it `shows` in seconds."""
    return (
        Step("seen_until", "SELECT DISTINCT observed_until FROM scoped"),
        Step(
            "clocks",
            """
            SELECT working_day.calendar, max(working_day.work_seconds_before
                + CASE WHEN working_day.is_working
                    THEN working_day.closes_second - working_day.opens_second ELSE 0 END) AS shows
            FROM working_day
            CROSS JOIN seen_until
            WHERE working_day.day_on <= seen_until.observed_until
            GROUP BY working_day.calendar
            """,
        ),
    )
