"""The state of the data in a few tiles, and the store's alarm."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.storage.store import Store
from pages.display import formats
from pages.display.text import escape


def show_alarm(store: Store) -> None:
    """What is wrong with the store, when it had to fall back to an older generation."""
    if alarm := store.alarm():
        st.error(escape(alarm), icon=":material/warning:")


def show_health_tiles(
    generation: str, loaded: pl.DataFrame, missing: pl.DataFrame, unassigned: pl.DataFrame
) -> None:
    """Generation, newest export, rows refused, amounts without a rate, leads without a channel."""
    kept, refused, newest = loaded.select(
        pl.col("rows_kept", "rows_rejected").sum(), pl.col("newest").max()
    ).row(0)
    tiles = (
        (
            "Generation",
            generation.partition("-")[0],
            "The number of the published state of the data. Every load and every undo makes a "
            "new one; the last few are kept.",
        ),
        (
            "Newest export",
            f"{newest:%Y-%m-%d}" if newest else formats.NOTHING,
            "When the newest of all loaded files was true (UTC).",
        ),
        (
            "Rows rejected",
            formats.count(refused),
            f"Of {formats.count(kept + refused)} rows read by all loads. They are kept with their "
            "reasons.",
        ),
        (
            "Unpriced amounts",
            formats.count(missing["amounts"].sum()),
            "Deals and days of spend in a currency for which no exchange rate is loaded.",
        ),
        (
            "Unassigned leads",
            formats.share(unassigned["share"].item()),
            "Part of all leads whose channel is neither recorded nor known from their campaign. "
            "They are shown as Unassigned, never left out.",
        ),
    )
    with st.grid(len(tiles), min_column_width=160):
        for label, value, meaning in tiles:
            st.metric(label, escape(value), help=escape(meaning), border=True, height="stretch")
