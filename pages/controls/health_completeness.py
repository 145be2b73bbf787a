"""How full the columns of a table are, month by month."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.health_values import MONTH_OF, completeness
from pages.controls.downloads import file_stem
from pages.controls.measure import measure_all
from pages.controls.tables import show_table
from pages.controls.text import escape

MONTHS = 12
UNDATED = "no date"
_COLUMN = st.column_config


def show_completeness() -> None:
    """Choose a table; the share of its rows in which each column is filled, the newest months."""
    table = st.selectbox(
        "Table",
        list(MONTH_OF),
        format_func=lambda each: each.replace("_", " ").capitalize(),
        key="health_table",
        width=320,
    )
    found = measure_all(completeness, table)
    if found.is_empty():
        st.markdown(f"There are no rows of {escape(table.replace('_', ' '))} yet.")
        return
    empty = never_filled(found)
    if empty:
        st.markdown(f"Never filled by any file: {escape(', '.join(empty))}.")
    shown = by_month(found.filter(~pl.col("column").is_in(empty)))
    _, *months = shown.columns
    show_table(
        shown,
        alt=f"Share of rows of {table} in which each column is filled, by month",
        stem=file_stem(f"completeness_{table}"),
        columns={"column": _COLUMN.TextColumn("Column", pinned=True)}
        | {
            month: _COLUMN.ProgressColumn(
                month, format="percent", min_value=0, max_value=1, width=110
            )
            for month in months
        },
        everything=lambda: found,
    )


def never_filled(found: pl.DataFrame) -> list[str]:
    """The columns that no row has filled, in their order."""
    filled = found.group_by("column", maintain_order=True).agg(pl.col("filled").sum())
    return filled.filter(filled=0)["column"].to_list()


def by_month(found: pl.DataFrame) -> pl.DataFrame:
    """One row per column, one column per month: the newest first, rows without a date last."""
    months = found["month_on"].drop_nulls().unique().sort(descending=True)[:MONTHS]
    named = found.filter(
        pl.col("month_on").is_in(months.implode()) | pl.col("month_on").is_null()
    ).with_columns(month=pl.col("month_on").dt.strftime("%Y-%m").fill_null(UNDATED))
    order = [f"{month:%Y-%m}" for month in months]
    if found["month_on"].null_count():
        order.append(UNDATED)
    return named.pivot("month", index="column", values="share").select("column", *order)
