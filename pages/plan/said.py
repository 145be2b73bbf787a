"""What was said before: the ledger of forecasts, and forecasts made again from the past."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.forecast.back_test import OURS, back_test, forecast_scores
from metrics.forecast.ledger import said
from metrics.forecast.quarters import quarter_name, quarter_of
from metrics.wording import formats
from pages.charts.planning.forecast import drift
from pages.controls.address import choose_one
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table
from pages.display.text import bullets, escape
from pages.plan.outlook import (
    FEW,
    SCORE_COLUMNS,
    TEST_COLUMNS,
    Outlook,
    notebook,
    offer_recording,
)
from pages.plan.said_parts import show_said

LEDGER, SCORES = "What did we say, and when?", "How good would this have been?"


def show_past(found: Outlook) -> None:
    """A tab per question about earlier forecasts; only the open one is asked.

    To forecast eight quarters again takes as long as all else on the page ten times.
    """
    with st.container(border=True):
        st.header("What of earlier forecasts?", anchor=False)
        tabs = st.tabs([LEDGER, SCORES], key="forecast_part", bind="query-params")
        for tab, show in zip(tabs, (show_ledger, show_scores), strict=True):
            if tab.open:
                with tab:
                    show(found)


def show_ledger(found: Outlook) -> None:
    """What was said of each quarter, when, and how it moved."""
    offer_recording(found)
    rows = said(notebook(), found.scope, found.history)
    if rows.is_empty():
        st.info(
            "Nothing is recorded yet for these filters. Record this forecast, or let a job run"
            " `python -m metrics forecast --record` every week: what was said stays.",
            icon=":material/history_edu:",
        )
        return
    quarters = {quarter_name(quarter_of(each)): each for each in rows["quarter_on"].unique()}
    name = choose_one("Quarter", quarters, key="forecast_quarter", width=200)
    same_unit = pl.col("currency").eq_missing(pl.lit(found.currency))
    of_quarter = rows.filter(same_unit, quarter_on=quarters[name])
    show_chart(drift(of_quarter), key="forecast_drift", alt=f"What was said of {name}")
    show_said(found, rows)


def show_scores(found: Outlook) -> None:
    """How good forecasts of past quarters would have been, beside simple ones."""
    with st.spinner("Past quarters are forecast again"):
        tested = measure(back_test, found.scope)
    scores = forecast_scores(tested)
    ours = scores.filter(forecaster=OURS).row(0, named=True)
    if not ours["quarters"]:
        st.info(
            "No past quarter can be forecast again: there is too little history before any.",
            icon=":material/history:",
        )
        return
    st.markdown(escape(_verdict(ours)))
    show_table(scores, alt="Scores", stem="forecast_scores", columns=SCORE_COLUMNS)
    untold = scores.drop_nulls("reason").select("forecaster", "reason")
    if untold.height:
        st.caption(bullets([f"{name}: {reason}." for name, reason in untold.iter_rows()]))
    st.caption(
        "Reconstructed, not recorded: each forecast sees what was dated before its quarter, but"
        " segments and links of deals as they stand today, and so amounts, except where CRM"
        " probability and stage-weighted pipeline read their changes."
    )
    with st.expander("Each quarter", icon=":material/table:"):
        show_table(tested, alt="Back-test", stem="forecast_back_test", columns=TEST_COLUMNS)


def _verdict(ours: dict[str, float]) -> str:
    """How often the range held, and how sure that is."""
    quarters, covered = int(ours["quarters"]), int(ours["covered"])
    few = " So few quarters prove little." if quarters < FEW else ""
    return (
        f"{covered} of {formats.counted(quarters, 'past quarter')} came within the range meant for"
        f" 8 of 10: {formats.share(ours['coverage'])}, by chance anywhere from"
        f" {formats.share(ours['coverage_low'])} to {formats.share(ours['coverage_high'])}.{few}"
    )
