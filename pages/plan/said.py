"""What was said before: the ledger of forecasts, and forecasts made again from the past."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from metrics.forecast.back_test import OURS, back_test, forecast_scores
from metrics.forecast.ledger import said, said_parts
from metrics.forecast.quarters import quarter_name, quarter_of
from metrics.period import in_words
from metrics.scope import Scope
from pages.charts.forecast import drift
from pages.controls.address import choose_one
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import RowChoice, show_chart, show_table
from pages.display import formats
from pages.display.text import escape
from pages.plan.outlook import (
    FEW,
    SAID_COLUMNS,
    SCORE_COLUMNS,
    TEST_COLUMNS,
    Outlook,
    notebook,
    offer_recording,
)


def show_ledger(found: Outlook) -> None:
    """What was said of each quarter, when, and how it moved."""
    with st.container(border=True):
        st.header("What did we say, and when?", anchor=False)
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
        names = _names(rows)
        show_table(
            rows,
            alt="Forecasts said",
            stem="forecast_ledger",
            columns=SAID_COLUMNS,
            on_row=RowChoice("forecast_ledger_rows", partial(_take, names)),
        )
        _show_parts(found, rows, names)


def _names(rows: pl.DataFrame) -> list[str]:
    """What each forecast said is called: its quarter and when it was said."""
    return [
        f"{quarter_name(quarter_of(quarter))}, said {said_at:%Y-%m-%d %H:%M:%S}"
        for quarter, said_at in rows.select("quarter_on", "said_at").iter_rows()
    ]


def _take(names: list[str], row: int | None) -> None:
    st.session_state[PARTS_KEY] = NO_FORECAST if row is None else names[row]


def _show_parts(found: Outlook, rows: pl.DataFrame, names: list[str]) -> None:
    """Out of what one forecast was said to come: as it was recorded then."""
    name = choose_one(
        "Out of what was it said?",
        [NO_FORECAST, *reversed(names)],
        key=PARTS_KEY,
        width=360,
        meaning="Or choose a row of the table.",
    )
    if name == NO_FORECAST:
        return
    row = rows.row(names.index(name), named=True)
    parts = said_parts(notebook(), found.scope).filter(
        quarter_on=row["quarter_on"], said_at=row["said_at"]
    )
    st.caption(
        escape(
            f"As it was recorded, on data until {in_words(row['as_of_on'])}: the mean of each"
            f" source, in {row['currency'] or 'deals'}. They add up to"
            f" {formats.count(parts['mean'].sum())}; the middle of what was said is"
            f" {formats.count(row['p50'])}."
        )
    )
    shown = parts.select(
        source=pl.col("source").str.head(1).str.to_uppercase() + pl.col("source").str.slice(1),
        mean=pl.col("mean").round(1),
    )
    stem = file_stem(f"forecast_said_{row['quarter_on']}")
    show_table(shown, alt=f"Sources of the forecast of {name}", stem=stem, columns=PART_COLUMNS)


PARTS_KEY = "forecast_said"

NO_FORECAST = "Choose a forecast"

PART_COLUMNS = {"source": text("From", pinned=True), "mean": number("Mean, said then")}


def show_scores(scope: Scope) -> None:
    """How good forecasts of past quarters would have been, beside simple ones."""
    with st.container(border=True):
        st.header("How good would this have been?", anchor=False)
        with st.spinner("Past quarters are forecast again"):
            tested = measure(back_test, scope)
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
        st.caption(
            "Reconstructed, not recorded: each forecast sees what was dated before its quarter, but"
            " amounts, segments and links of deals as they stand today."
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
