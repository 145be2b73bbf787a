"""What to mend first: the worst that there is to say of the data, each with the way to it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from metrics.findings.of_data import broken_consent, worst_of_data
from metrics.findings.question import FindingsQuestion
from metrics.scope import Scope
from pages.controls.captions import show_finding
from pages.controls.measure import (
    definitions,
    loaded_horizon,
    remembered,
    remembering_warehouse,
)

AT_ONCE = 3


def show_worst() -> None:
    """The three worst things; that nothing has to be mended where there are none."""
    found = remembered(lambda: worst_of_data(_asked(), AT_ONCE), "worst of data", date.today())
    if not found:
        st.markdown(":material/check: Nothing needs fixing.")
    for finding in found:
        show_finding(finding)


def is_consent_broken() -> bool:
    """Whether people were contacted after they had withdrawn their consent."""
    return bool(remembered(lambda: broken_consent(_asked()), "broken consent"))


def _asked() -> FindingsQuestion:
    loaded = loaded_horizon()
    scope = Scope(loaded.default_period, loaded.last)
    return FindingsQuestion(remembering_warehouse(), definitions(), loaded, scope, date.today())
