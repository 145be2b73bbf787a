"""Whom assets reach: intended against reached personas, and through which channels."""

from __future__ import annotations

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from data.schema.contract import UNASSIGNED
from metrics.wording import formats
from pages.charts.content.people import MOST_COLUMNS, MOST_ROWS, people_heat
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import escape
from pages.explore.assets.asked import Asked, channels, personas

SHOWN = 200

PERSONA = {
    "content": text("Asset", pinned=True, wide="medium"),
    "intended_persona": text("Made for"),
    "persona": text("Reached"),
    "exposed": number("Exposed"),
    "known": number("Of known persona"),
    "share": percent("Of those"),
    "share_low": percent("95% low"),
    "share_high": percent("95% high"),
    "is_intended": tick("As intended", meaning="Empty if either is not known"),
    "readers": number("Readers"),
    "downloads": number("Downloads"),
}

RATES = {
    "exposed": number("Exposed"),
    "readers": number("Readers"),
    "downloads": number("Downloads"),
    "download_rate": percent("Downloads ÷ exposed"),
    "download_rate_low": percent("95% low"),
    "download_rate_high": percent("95% high"),
    "visitors": number("Visitors"),
}

CHANNEL = {
    "content": text("Asset", pinned=True, wide="medium"),
    "channel": text("Channel"),
    **RATES,
}


def show_personas(asked: Asked) -> None:
    """How much of what is met is met by those it was made for, and a row per asset and persona."""
    found = personas(asked.scope)
    intended = found.drop_nulls("is_intended")
    if found.is_empty():
        st.info("No known person met content in this selection.", icon=":material/info:")
        return
    if intended.is_empty():
        st.markdown(
            "No asset that people met says for whom it was made: load a list of assets with the "
            "persona of each, and reached stands beside intended."
        )
    else:
        hit = int(intended.filter("is_intended")["exposed"].sum())
        whole = int(intended["exposed"].sum())
        st.markdown(
            f"Of people who met an asset made for somebody, **{formats.share(hit / whole)}** "
            f"({formats.count(hit)} of {formats.count(whole)}, each with every asset) are of the "
            f"persona it was made for.{_off(intended)}"
        )
        matrix = _grid(intended, "intended_persona", "persona")
        show_chart(
            people_heat(matrix, "intended_persona", "persona"),
            key="content_personas",
            alt="People by the persona that assets were made for and the persona reached",
        )
        st.caption("Rows: made for. Columns: reached. People, each with every asset.")
        _note_drawn(matrix, "intended_persona", "persona")
    _show_rows(found, PERSONA, "content_personas", "Personas that each asset reached", asked)


def _off(intended: pl.DataFrame) -> str:
    """The asset that is met most by others than those it was made for."""
    rows = (
        intended.group_by("content_id", "content", "intended_persona")
        .agg(
            known=pl.col("known").first(),
            hit=pl.col("exposed").filter("is_intended").sum(),
        )
        .with_columns(off=pl.col("known") - pl.col("hit"))
        .sort("off", "content", "content_id", descending=[True, False, False])
    )
    if not rows["hit"].sum():
        return (
            " Nobody whom they reached is of a persona that any was made for: compare the spelling "
            "in the list of assets with that of people."
        )
    row = rows.row(0, named=True)
    if not row["off"]:
        return ""
    return (
        f" Furthest off: {escape(row['content'])}, made for {escape(row['intended_persona'])}, "
        f"who are {formats.count(row['hit'])} of {formats.count(row['known'])} there."
    )


def show_channels(asked: Asked) -> None:
    """Through which channels each asset is met: the most met as a heat map, and a row per pair."""
    found = channels(asked.scope)
    known = found.filter(pl.col("exposed") > 0)
    if not known.is_empty():
        whole = (
            known.group_by("channel")
            .agg(pl.col("exposed", "downloads").sum())
            .sort("exposed", "channel", descending=[True, False])
        )
        first = whole.row(0, named=True)
        named = whole.filter(pl.col("channel") != UNASSIGNED)
        shown = named.row(0, named=True) if named.height else first
        st.markdown(
            f"Most are met through **{escape(shown['channel'])}**: "
            f"{formats.count(shown['exposed'])} people, each with every asset, of whom "
            f"{formats.count(shown['downloads'])} took it along."
        )
        pairs = _grid(known, "content_id", "channel")
        show_chart(
            people_heat(pairs, "content_id", "channel", named=_titles(known)),
            key="content_channels",
            alt="People who met each asset, by channel",
        )
        _note_drawn(pairs, "content_id", "channel")
    _show_rows(found, CHANNEL, "content_channels", "Assets by channel", asked)


def _grid(found: pl.DataFrame, row: str, column: str) -> pl.DataFrame:
    """People of each pair of a row and a column, the largest of both first, 0 where nobody is."""
    rows, columns = (
        found.group_by(name).agg(pl.col("exposed").sum().alias(total))
        .sort(total, name, descending=[True, False])
        for name, total in ((row, "of_row"), (column, "of_column"))
    )  # fmt: skip
    cells = found.group_by(row, column).agg(people=pl.col("exposed").sum())
    return (
        rows.join(columns, how="cross", maintain_order="left_right")
        .join(cells, on=[row, column], how="left", maintain_order="left")
        .with_columns(pl.col("people").fill_null(0))
        .with_columns(share=pl.col("people") / pl.col("of_row"))
    )


def _note_drawn(pairs: pl.DataFrame, row: str, column: str) -> None:
    """Say how many rows and columns of all are drawn, the largest; the table has all."""
    rows, columns = pairs[row].n_unique(), pairs[column].n_unique()
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        st.caption(
            f"Drawn are the {min(rows, MOST_ROWS)} largest rows of {formats.count(rows)} and the "
            f"{min(columns, MOST_COLUMNS)} largest columns of {formats.count(columns)}."
        )


def _titles(found: pl.DataFrame) -> dict[str, str]:
    return dict(found.select("content_id", "content").unique().rows())


def _show_rows(
    found: pl.DataFrame, columns: dict[str, ColumnConfig], name: str, alt: str, asked: Asked
) -> None:
    show_table(
        found.select(list(columns)).head(SHOWN),
        alt=alt,
        stem=file_stem(name, asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    if found.height > SHOWN:
        note_cut(SHOWN, found.height)
