"""How full the columns of a table are, month by month."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.terms.titles import TABLES, column_title, title
from metrics.health.values import MONTH_OF, completeness
from pages.charts.completeness import UNDATED, completeness_heat, in_order
from pages.controls.columns import percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import measure_all
from pages.controls.tables import show_chart, show_table
from pages.display.text import escape

MONTHS = 12


def show_completeness() -> None:
    """Choose a table; the share of its rows in which each column is filled, the newest months."""
    table = st.selectbox(
        "Table",
        list(MONTH_OF),
        format_func=lambda each: title(TABLES[each]),
        key="health_table",
        bind="query-params",
        width=320,
    )
    found = measure_all(completeness, table)
    names = {name: column_title(table, name) for name in found["column"].unique()}
    found = found.with_columns(pl.col("column").replace(names))
    if found.is_empty():
        st.markdown(f"There are no {escape(TABLES[table])} yet.")
        return
    empty = never_filled(found)
    shown = newest(found.filter(~pl.col("column").is_in(empty)))
    alt = f"Share of {TABLES[table]} in which each column is filled, by month"
    st.caption(
        "Each cell is the percentage of the month's rows with the column filled; ● means all "
        "of them. The stronger the shade, the more is missing. The emptiest column is on top."
    )
    show_chart(completeness_heat(shown, TABLES[table]), key="health_completeness", alt=alt)
    if empty:
        named = ", ".join(empty)
        st.markdown(f"**Never filled by any file:** {escape(named)}.")
    with st.expander("Show as a table", icon=":material/table:"):
        pivoted = by_month(shown)
        _, *months = pivoted.columns
        show_table(
            pivoted,
            alt=alt,
            stem=file_stem(f"completeness_{table}"),
            columns={"column": text("Column", pinned=True)}
            | {month: percent(month, width=80) for month in months},
            everything=lambda: found,
        )


def never_filled(found: pl.DataFrame) -> list[str]:
    """The columns that no row has filled, in their order."""
    filled = found.group_by("column", maintain_order=True).agg(pl.col("filled").sum())
    return filled.filter(filled=0)["column"].to_list()


def newest(found: pl.DataFrame) -> pl.DataFrame:
    """The rows of the newest MONTHS months, and those without a date."""
    months = found["month_on"].drop_nulls().unique().sort(descending=True)[:MONTHS]
    return found.filter(pl.col("month_on").is_in(months.implode()) | pl.col("month_on").is_null())


def by_month(found: pl.DataFrame) -> pl.DataFrame:
    """One row per column, the emptiest first, and one column per month, the newest first."""
    months = found["month_on"].drop_nulls().unique().sort(descending=True)
    named = found.with_columns(month=pl.col("month_on").dt.strftime("%Y-%m").fill_null(UNDATED))
    order = [f"{month:%Y-%m}" for month in months]
    if found["month_on"].null_count():
        order.append(UNDATED)
    place = pl.col("column").cast(pl.Enum(in_order(found)))
    pivoted = named.pivot("month", index="column", values="share")
    return pivoted.select("column", *order).sort(place)
