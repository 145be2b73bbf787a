"""Whom assets reach: intended against reached personas, and through which channels."""

from __future__ import annotations

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from data.schema.contract import UNASSIGNED
from metrics.wording import formats
from pages.charts.credit import MOST_SEGMENTS, counts_of_pairs
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
    "share_low": percent("95 % low"),
    "share_high": percent("95 % high"),
    "is_intended": tick("As intended", meaning="Empty where either is not known"),
    "readers": number("Readers"),
    "downloads": number("Downloads"),
}

RATES = {
    "exposed": number("Exposed"),
    "readers": number("Readers"),
    "downloads": number("Downloads"),
    "download_rate": percent("Downloads ÷ exposed"),
    "download_rate_low": percent("95 % low"),
    "download_rate_high": percent("95 % high"),
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
        st.info("No known person met content in this scope.", icon=":material/info:")
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
        matrix = intended.group_by("intended_persona", "persona").agg(
            conversions=pl.col("exposed").sum()
        )
        matrix = matrix.with_columns(
            share=pl.col("conversions") / pl.col("conversions").sum().over("intended_persona"),
            whole=pl.col("conversions").sum().over("intended_persona"),
            column=pl.col("conversions").sum().over("persona"),
        ).sort("whole", "intended_persona", "column", "persona", descending=[True, False] * 2)
        show_chart(
            counts_of_pairs(matrix, "intended_persona", "persona"),
            key="content_personas",
            alt="People by the persona that assets were made for and the persona reached",
        )
        st.caption("Rows: made for. Columns: reached. People, each with every asset.")
        if matrix["intended_persona"].n_unique() > MOST_SEGMENTS:
            note_cut(MOST_SEGMENTS, matrix["intended_persona"].n_unique(), first="largest")
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
        pairs = known.with_columns(
            asset=pl.col("content"),
            conversions=pl.col("exposed"),
            share=pl.col("exposed") / pl.col("exposed").sum().over("content_id"),
            whole=pl.col("exposed").sum().over("content_id"),
        ).join(whole.select("channel", column="exposed"), on="channel")
        pairs = pairs.sort("whole", "content_id", "column", descending=[True, False, True])
        show_chart(
            counts_of_pairs(pairs, "content_id", "channel", rows_named=_titles(pairs)),
            key="content_channels",
            alt="People who met each asset, by channel",
        )
        note_cut(
            min(MOST_SEGMENTS, pairs["content_id"].n_unique()), pairs["content_id"].n_unique(),
            first="most met",
        )  # fmt: skip
    _show_rows(found, CHANNEL, "content_channels", "Assets by channel", asked)


def _titles(pairs: pl.DataFrame) -> dict[str, str]:
    return dict(pairs.select("content_id", "content").unique().rows())


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
