"""All that was said of quarters, as a table of which each row opens its sources."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from metrics.forecast.ledger import said_parts
from metrics.forecast.quarters import quarter_name, quarter_of
from metrics.period import in_words
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import number, text
from pages.controls.downloads import file_stem
from pages.controls.tables import RowChoice, show_table
from pages.display.text import escape
from pages.plan.outlook import SAID_COLUMNS, Outlook, notebook


def show_said(found: Outlook, rows: pl.DataFrame) -> None:
    """Every forecast said; a row opens out of what it was said, as it was recorded."""
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
        meaning="Or choose a row in the table.",
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
