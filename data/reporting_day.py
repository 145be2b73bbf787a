"""Days as the business cuts them: in the reporting time zone of the step `settings`."""

from __future__ import annotations


def reporting_day(column: str) -> str:
    """SQL for the day of a UTC timestamp in the reporting time zone.

    >>> reporting_day("closed_at")
    "CAST(timezone(settings.time_zone, timezone('UTC', closed_at)) AS DATE)"
    """
    return f"CAST(timezone(settings.time_zone, timezone('UTC', {column})) AS DATE)"
