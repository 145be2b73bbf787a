"""Gaps: which persona is met at which stage, and where there is no content that reaches them."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.schema.contract import UNASSIGNED
from metrics.content.coverage import FEWEST_REACHED, NO_LEAD
from metrics.scope import Stage
from metrics.wording import formats
from pages.charts.content.coverage import MOST_PERSONAS, coverage_heat
from pages.controls.columns import number, text, tick
from pages.controls.downloads import file_stem
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import bullets, escape
from pages.explore.assets.answer import at, gaps
from pages.explore.assets.asked import Asked, coverage

SAID = 5

STAGES = {each.value: each.label for each in Stage} | {NO_LEAD: "No lead yet"}


def show_gaps(asked: Asked) -> None:
    """The widest gaps in words, the heat map of all, and a row per cell."""
    cells = coverage(asked.scope)
    known = cells.filter(pl.col("persona") != UNASSIGNED)
    if known.is_empty():
        st.info(
            "The persona of those who met content is not known, and no asset says whom it was "
            "made for. Load job titles, or a column for the persona of people or of assets.",
            icon=":material/info:",
        )
        return
    found = gaps(known)
    st.markdown(_in_words(found))
    largest = (
        known.group_by("persona")
        .agg(people=pl.col("present").sum() + pl.col("exposed").sum())
        .sort("people", "persona", descending=[True, False])
    )
    named = pl.col("is_gap") & (pl.col("present") >= FEWEST_REACHED)
    nobody = largest.filter(people=0)["persona"].to_list()
    largest = largest.filter(pl.col("people") > 0)
    drawn = largest.join(known, on="persona", how="left", maintain_order="left_right")
    if not drawn.is_empty():
        show_chart(
            coverage_heat(drawn.with_columns(is_gap=named)),
            key="content_gaps",
            alt="People of each persona who met content at each stage, and where there is a gap",
        )
    if largest.height > MOST_PERSONAS:
        note_cut(MOST_PERSONAS, largest.height, first="largest")
    st.caption(
        "Each cell says how many people met any content, of all who were at the stage on a day of "
        "the period. The shade is their share. There is a gap where "
        f"{FEWEST_REACHED} or more people were and no asset reached {FEWEST_REACHED} of them. A "
        "lead that came to nothing stays at its stage. A gap does not say that people want to "
        "read."
    )
    if nobody:
        st.caption(
            escape(
                f"Content is made for {formats.listed(nobody)}, and nobody loaded is of that "
                "persona: compare the spelling in the list of assets with that of people."
            )
        )
    columns = {
        "persona": text("Persona", pinned=True),
        "stage": text("Stage"),
        "present": number("Were there"),
        "exposed": number("Met any"),
        "assets": number("Assets met"),
        "largest_asset": text("Most met", wide="medium"),
        "largest_exposed": number("By"),
        "is_gap": tick("No asset reached enough", meaning=f"No asset reached {FEWEST_REACHED}"),
    }
    show_table(
        cells.select(list(columns)).with_columns(pl.col("stage").replace_strict(STAGES)),
        alt="Content met by persona and stage",
        stem=file_stem("content_coverage", asked.scope.period),
        columns=columns,
        everything=lambda: cells,
    )


def _in_words(found: pl.DataFrame) -> str:
    if found.is_empty():
        return "There is no gap: an asset reaches people wherever enough of them are."
    said = [
        f"{row['persona']} {at(row['stage'])}: {formats.count(row['without'])} of "
        f"{formats.count(row['present'])} people met no content, and no asset reached more than "
        f"{row['largest_exposed']} of them"
        for row in found.head(SAID).iter_rows(named=True)
    ]
    more = found.height - SAID
    rest = f"\n\nAnd {escape(formats.counted(more, 'more gap'))} below." if more > 0 else ""
    there = (
        "There is **1** gap"
        if found.height == 1
        else (f"There are **{formats.count(found.height)}** gaps")
    )
    return (
        f"{there}. Those with the most people without content come first:\n\n{bullets(said)}{rest}"
    )
