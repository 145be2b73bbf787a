"""The answer in one sentence with its numbers, and the tiles."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.period import in_words
from metrics.quality.completeness import qualification_completeness
from metrics.quality.levels import lead_levels, unknown_quality_words
from metrics.quality.outcomes import Standing
from metrics.quality.value import lead_value
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.captions import show_uncounted
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape

NO_LEVEL = (
    "No file says of which level leads are, and no scoring model is in force: load leads with "
    "their tier (column tier of generic_lead), name its words under quality.level in the "
    "definitions, or state a scoring model under quality.scoring."
)


_MEANT = {"tier": "level", "need": "layer of need", "relationship": "relationship"}
"""What a word of each field would make of a lead."""


def show_answer(scope: Scope) -> None:
    """How levels convert, which of them does so worse than the next, and what open leads bring."""
    found = measure(lead_levels, scope, definitions())
    last = min(scope.period.end, scope.observed_until)
    said = f"Leads that came in {scope.period.describe()}, followed until {in_words(last)}"
    if scope.filters:
        said += f". {'; '.join(each.describe() for each in scope.filters)}"
    if found.is_empty():
        st.markdown("No lead came in within this selection.")
        st.caption(escape(f"{said}."))
        show_uncounted("lead_quality")
        return
    sql = found.filter(pl.col("stage") == "sql")
    levelled = sql.filter(pl.col("treatment").is_not_null(), pl.col("leads") > 0)
    st.markdown(_sentence(levelled, found) if len(levelled) else NO_LEVEL)
    st.caption(escape(f"{said}."))
    show_uncounted("lead_quality")
    _show_unknown(scope)
    _show_tiles(scope, sql, levelled, found)


def _sentence(levelled: pl.DataFrame, found: pl.DataFrame) -> str:
    rated = levelled.filter(pl.col("rate").is_not_null()).rows(named=True)
    if not rated:
        return (
            "Every level has too few leads to say how they convert, or too many that went on on a "
            "day that nobody recorded."
        )
    days = formats.counted(rated[0]["days"], "day")
    parts = [_part(row) for row in (rated[:1] if len(rated) == 1 else [rated[0], rated[-1]])]
    said = f"To SQL within {days}, {' and '.join(parts)}. "
    worse = found.filter(pl.col("standing") == Standing.WORSE).unique(
        "level", keep="first", maintain_order=True
    )
    if worse.is_empty():
        return said + "No level converts worse than the next lower one by more than chance."
    named = [
        f"“{escape(row['level'])}” converts worse than “{escape(row['next_level'])}”"
        for row in worse.iter_rows(named=True)
    ]
    return f"{said}{formats.listed(named)}, by more than chance."


def _part(row: dict[str, Any]) -> str:
    return (
        f"**{escape(row['level'])}** converts **{formats.share(row['rate'])}** "
        f"({formats.count(row['converted'])} of {formats.count(row['leads'])} so far)"
    )


def _show_unknown(scope: Scope) -> None:
    words = measure(unknown_quality_words, scope)
    if words.is_empty():
        return
    told = [
        f"{row['field']} “{escape(row['word'])}” ({formats.counted(row['leads'], 'lead')})"
        for row in words.head(5).iter_rows(named=True)
    ]
    fields = words["field"].unique().to_list()
    more = f", and {formats.count(len(words) - 5)} more" if len(words) > 5 else ""
    st.caption(
        f":material/help: No definition knows {', '.join(told)}{more}. These leads are of no "
        f"{' or '.join(_MEANT[each] for each in _MEANT if each in fields)} until the word stands "
        "in the definitions."
    )


def _show_tiles(
    scope: Scope, sql: pl.DataFrame, levelled: pl.DataFrame, found: pl.DataFrame
) -> None:
    value = measure(lead_value, scope, definitions())
    fields = measure(qualification_completeness, scope).filter(
        pl.col("by") == "all", pl.col("field") != "all five"
    )
    rated = value.filter(pl.col("total").is_not_null())
    filled = float(fields["filled"].sum())
    inverted = found.filter(pl.col("standing") == Standing.WORSE)["level"].n_unique()
    tiles = [
        Tile(
            "Leads",
            int(sql["leads"].sum()),
            defined("Lead", "Counted are those that came in within the period."),
        ),
        Tile(
            "With a level",
            float(levelled["share"].sum()) if len(levelled) else None,
            "Of them, those whose tier or points mean a level.",
            Kind.SHARE,
        ),
        Tile(
            "Levels out of order",
            inverted if len(levelled) else None,
            "Levels that convert worse than the next lower one, by more than chance, to SQL, "
            "opportunity or won.",
        ),
        Tile(
            "Fields filled",
            filled / int(fields["leads"].sum()) if filled else None,
            "Of budget, authority, need, timeline and competitor of all leads. A dash: no lead has "
            "any of them.",
            Kind.SHARE,
        ),
        Tile(
            "Expected of open leads",
            float(rated["total"].sum()) if len(rated) else None,
            "The chance of each open lead to be won, times what a won lead brings.",
            Kind.MONEY,
        ),
    ]
    show_tiles(tiles, definitions().base_currency, None)
