"""What assets add: readers against matched people who had not read, with a placebo."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from metrics.content.effect import Adds
from metrics.wording import formats
from pages.charts.content.effects import FEWEST_OF_PLACEBO, MOST_EFFECTS, effects
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import escape
from pages.explore.assets.asked import Asked, added

SHOWN = 200

CANNOT_SAY = (
    "Readers are compared with people of the same persona and stage who did something else in the "
    "same week, had been active as lately and as often, and had not read it yet. The placebo is "
    "the same difference before anybody read it, which reading cannot have made. What is not "
    "recorded may still differ, such as an interest that began that week: only an experiment can "
    "rule that out."
)

COLUMNS = {
    "content": text("Asset", pinned=True, wide="medium"),
    "verdict": text("Verdict"),
    "readers": number("Readers", meaning="Without the outcome yet, and their window has passed"),
    "converted": number("Had it after"),
    "reader_rate": percent("Of readers"),
    "raw_difference": percent("Against all others"),
    "matched_readers": number("Matched readers"),
    "matched_others": number("Matched others"),
    "adds": percent("Adds"),
    "adds_low": percent("95% low"),
    "adds_high": percent("95% high"),
    "placebo_readers": number("Readers of placebo"),
    "placebo": percent("Placebo"),
    "placebo_low": percent("Placebo, low"),
    "placebo_high": percent("Placebo, high"),
    "exceeds_placebo": tick("Exceeds it", meaning="Adds exceeds the placebo by more than chance"),
    "reason": text("Because", wide="medium"),
}


def show_adds(asked: Asked) -> None:
    """How many assets add by more than chance, each with its interval and its placebo."""
    found = added(asked)
    if found.is_empty():
        st.info(
            "No known person first read an asset in this period: without readers there is nobody "
            "to compare.",
            icon=":material/info:",
        )
        return
    st.markdown(_in_words(found, asked))
    st.caption(CANNOT_SAY)
    drawn = found.drop_nulls(["adds", "adds_low", "adds_high"])
    if not drawn.is_empty():
        show_chart(
            effects(drawn),
            key="content_effects",
            alt=f"What each asset adds to the chance of {asked.outcome}, with its placebo",
        )
        if drawn.height > MOST_EFFECTS:
            note_cut(MOST_EFFECTS, drawn.height)
    show_table(
        found.select(list(COLUMNS)).head(SHOWN),
        alt=f"What each asset adds to the chance of {asked.outcome}",
        stem=file_stem(f"content_effect_{asked.event}", asked.scope.period),
        columns=COLUMNS,
        everything=lambda: found,
    )


def _in_words(found: pl.DataFrame, asked: Asked) -> str:
    counts = {each: found.filter(verdict=each.value) for each in Adds}
    adds = counts[Adds.ADDS]
    if adds.is_empty():
        said = f"No asset can be said to add to the chance of {asked.outcome}"
    else:
        first = adds.row(0, named=True)
        said = (
            f"**{formats.counted(adds.height, 'asset adds', 'assets add')}** to the chance of "
            f"{asked.outcome}, {escape(first['content'])} the most: {difference(first)}"
        )
    others = [
        f"{formats.counted(rows.height, word, many)}"
        for each, word, many in (
            (Adds.MAY_ADD, "may add", "may add"),
            (Adds.LESSENS, "goes with less", "go with less"),
            (Adds.MAY_BE_CHANCE, "may be chance", "may be chance"),
            (Adds.TOO_FEW, "has too few readers", "have too few readers"),
            (Adds.CANNOT_BE_TOLD, "cannot be told", "cannot be told"),
        )
        if (rows := counts[each]).height
    ]
    rest = f". Of {formats.counted(found.height, 'asset read', 'assets read')}, " if others else ""
    return f"{said}{rest}{formats.listed(others) if others else ''}."


def difference(row: dict[str, Any]) -> str:
    """What an asset adds in points, with its interval and the placebo."""
    words = (
        f"{formats.points(row['adds'])} (95% bounds {formats.points(row['adds_low'])} to "
        f"{formats.points(row['adds_high'])}"
    )
    if row["placebo_low"] is not None and row["placebo_readers"] >= FEWEST_OF_PLACEBO:
        words += (
            f"; placebo {formats.points(row['placebo'])}, {formats.points(row['placebo_low'])} to "
            f"{formats.points(row['placebo_high'])}"
        )
    else:
        words += "; too few readers were known before for a placebo"
    return escape(f"{words})")
