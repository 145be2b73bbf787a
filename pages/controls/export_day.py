"""The day on which an export was made: it decides which of several tells the latest."""

from __future__ import annotations

from datetime import UTC, datetime, time

import streamlit as st


def choose_export_day(key: str) -> datetime | None:
    """The end of the chosen day; None for today, when the file is as new as can be."""
    today = datetime.now(UTC).date()
    exported_on = st.date_input(
        "Exported on",
        today,
        max_value=today,
        format="YYYY-MM-DD",
        key=key,
        width=200,
        help="When the same record comes in several files, the latest export wins.",
    )
    return None if exported_on == today else datetime.combine(exported_on, time.max)
