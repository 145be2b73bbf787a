"""The score of the data: what it is made of, and what would raise it most."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.wording import formats
from pages.controls.downloads import file_stem
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.sources.health.tables import PART_COLUMNS

_WORDS = ((95, "very good"), (85, "good"), (70, "fair"), (50, "weak"))

_WORTH_SAYING = 0.05


def in_words(score: float) -> str:
    """The score as a word.

    >>> in_words(96), in_words(12)
    ('very good', 'poor')
    """
    return next((word for least, word in _WORDS if score >= least), "poor")


def show_score(parts: pl.DataFrame, *, is_consent_broken: bool) -> None:
    """The score with its word, the part that lacks most, and all parts with their weights.

    No data is good by which people were contacted who had withdrawn their consent.
    """
    score = float(parts["points"].sum())
    word = "" if is_consent_broken else f": {in_words(score)}"
    st.metric(
        "Score of the data",
        f"{score:.0f} of 100{word}",
        help=defined("Score of the data"),
    )
    if is_consent_broken:
        st.markdown(
            ":material/warning: It cannot be called good while people who withdrew their "
            "consent are contacted."
        )
    most = parts.row(0, named=True)
    if most["could_gain"] < _WORTH_SAYING:
        st.markdown(":material/check: Nothing would raise it: every part is complete.")
    else:
        st.markdown(
            f"**{escape(most['part'])}** would raise it most, by up to "
            f"{most['could_gain']:.1f} points: it is at {formats.share(most['share'])} and "
            f"brings {most['points']:.1f} of {most['weight']:.1f} points. {escape(most['advice'])}"
        )
    counted = parts.filter(pl.col("share").is_not_null())
    with st.expander(
        f"The {len(counted)} parts of the score and their weights", icon=":material/balance:"
    ):
        weights = "; ".join(
            f"{row['part']} {row['weight']:.0f}"
            for row in counted.sort("weight", "part", descending=[True, False]).iter_rows(
                named=True
            )
        )
        st.markdown(f"Weights, in points: {escape(weights)}.")
        show_table(
            parts.select(list(PART_COLUMNS)),
            alt="Parts of the score, with weight, points and what to do",
            stem=file_stem("data_health_score"),
            columns=PART_COLUMNS,
        )


def show_health_tiles(
    generation: str, loaded: pl.DataFrame, missing: pl.DataFrame, unassigned: pl.DataFrame
) -> None:
    """Version, newest export, rows refused, amounts without a rate, leads without a channel."""
    kept, refused, newest = loaded.select(
        pl.col("rows_kept", "rows_rejected").sum(), pl.col("newest").max()
    ).row(0)
    tiles = (
        (
            "Version of the data",
            generation.partition("-")[0].lstrip("0"),
            defined("Version of the data"),
        ),
        (
            "Newest export",
            f"{newest:%Y-%m-%d}" if newest else formats.NOTHING,
            "The newest of all loaded files is as of this day (UTC).",
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
            defined("Unpriced amounts"),
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
