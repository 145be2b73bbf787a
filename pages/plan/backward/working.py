"""Which days people work on, as it is chosen on a page."""

from __future__ import annotations

import streamlit as st

from data.public_holidays import countries
from metrics.plan.working_days import Week, WorkingDays
from pages.controls.address import choose_one

NO_HOLIDAYS = "None left out"


def choose_working_days() -> WorkingDays:
    """The days of a week, and the country whose public holidays are left out.

    The choice stands in the address and is that of all plan pages.
    """
    weeks = {each.label: each for each in Week}
    known = countries()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = choose_one("Working days", weeks, key="plan_week", width=220)
        country = choose_one(
            "Public holidays",
            [NO_HOLIDAYS, *known],
            key="plan_holidays",
            width=220,
            meaning="Of the whole country; holidays of a part of it are not left out.",
        )
    return WorkingDays(weeks[week], known.get(country))
