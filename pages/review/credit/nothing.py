"""What to load where no touch is known, and which touches earn nothing."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.health.touch_coverage import touch_coverage
from metrics.wording import formats
from pages.controls.measure import measure_all


def has_touches(credit: pl.DataFrame) -> bool:
    """Whether any conversion has a touch."""
    return credit["segment"].unique().to_list() != [UNATTRIBUTED]


def show_no_touches(credit: pl.DataFrame) -> None:
    """Where no conversion has a touch: what would bring them."""
    if has_touches(credit):
        return
    if measure_all(touch_coverage)["touches"].item():
        words = (
            "None of these conversions has a touch of a known person before it. Touches are "
            "loaded: they may be of anonymous visitors, or of people whose company the deals do "
            "not name. Data health says how many."
        )
    else:
        words = (
            "No touches are loaded, so that nobody can earn credit. Load what people did: web "
            "analytics events, form fills, email engagement, webinar or event attendance, campaign "
            "members, calls. The deals that are loaded stay as they are."
        )
    st.info(words, icon=":material/touch_app:")


def show_coverage() -> None:
    """Which of the loaded touches can earn credit, in a sentence."""
    found = measure_all(touch_coverage).row(0, named=True)
    if not found["touches"]:
        return
    share = formats.share(found["anonymous"] / found["touches"])
    st.caption(
        f"Of {formats.counted(found['touches'], 'touch', 'touches')} loaded, {share} are of "
        "visitors whom nobody has identified; these earn nothing. Left out before: "
        f"{formats.count(found['own_staff'])} of our own people and "
        f"{formats.count(found['machine'])} of machines."
    )
