"""What to write next and for whom, in one sentence, and five numbers."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.schema.contract import UNASSIGNED
from metrics.content.coverage import FEWEST_REACHED, NO_LEAD
from metrics.content.reached import content_topics
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.charts.content.rates import SURE, written_mark
from pages.controls.captions import show_uncounted
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape


def show_sentence(assets: pl.DataFrame, cells: pl.DataFrame, scope: Scope) -> None:
    """The widest gap in words, and which topic is taken along most."""
    st.markdown(f"{_for_whom(cells)}{_about_what(scope)}.")
    asked = [f"People who met content {scope.period.describe()}"]
    asked += [each.describe() for each in scope.filters]
    unmet = assets.filter(exposed=0, visitors=0).height
    left_out = f" {formats.counted(unmet, 'asset')} that nobody met then." if unmet else ""
    st.caption(escape(f"{'; '.join(asked)}.{left_out and ' Loaded as well:'}{left_out}"))
    show_uncounted("content_use")


def gaps(cells: pl.DataFrame) -> pl.DataFrame:
    """Personas at a stage whom no asset reaches, the most people without any content first.

    Where fewer people are than an asset has to reach, nothing could.
    """
    return (
        cells.filter(pl.col("is_gap"), pl.col("present") >= FEWEST_REACHED)
        .with_columns(without=pl.col("present") - pl.col("exposed"))
        .sort("without", "persona", "present", descending=[True, False, True])
    )


def at(stage: str) -> str:
    """People at a stage, within a sentence.

    >>> at("mql"), at("won"), at("no lead")
    ('at the stage MQL', 'who are won', 'before they are a lead')
    """
    if stage == NO_LEAD:
        return "before they are a lead"
    return "who are won" if stage == Stage.WON else f"at the stage {Stage(stage).word}"


def _for_whom(cells: pl.DataFrame) -> str:
    known = cells.filter(pl.col("persona") != UNASSIGNED)
    if known.is_empty():
        return (
            "Nobody knows for whom to write next, because no persona is known of those who met "
            "content. Load job titles or personas"
        )
    found = gaps(known)
    if found.is_empty():
        row = _least_reached(known)
        if row is None:
            return "Nobody of a known persona was at any stage in the period"
        return (
            "No persona is without content at a stage where "
            f"{FEWEST_REACHED} people or more are. The next asset should be for "
            f"**{escape(row['persona'])} {at(row['stage'])}**, the fewest of whom met any content: "
            f"{_of_those(row)}"
        )
    row = found.row(0, named=True)
    return (
        f"The next asset should be for **{escape(row['persona'])} {at(row['stage'])}**: only "
        f"{_of_those(row)} met any content, and no asset reached more than "
        f"{row['largest_exposed']} of them"
    )


def _least_reached(known: pl.DataFrame) -> dict[str, Any] | None:
    there = known.filter(pl.col("present") > 0).sort(
        pl.col("exposed") / pl.col("present"), "persona", "stage"
    )
    return None if there.is_empty() else there.row(0, named=True)


def _of_those(row: dict[str, Any]) -> str:
    return (
        f"{formats.count(row['exposed'])} of the "
        f"{formats.counted(row['present'], 'person', 'people')} there"
    )


def _about_what(scope: Scope) -> str:
    """The topic that is taken along most for certain, by the lower bound of its rate."""
    found = (
        measure(content_topics, scope)
        .filter(pl.col("topic") != UNASSIGNED, pl.col("downloads") > 0)
        .sort("download_rate_low", "topic", "kind", descending=[True, False, False])
    )
    if found.is_empty():
        return ""
    row = found.row(0, named=True)
    kind = "" if row["kind"] == UNASSIGNED else f" as {escape(row['kind'])}"
    return (
        f". The topic that people download most surely is **{escape(row['topic'])}**{kind}: "
        f"{formats.share(row['download_rate'])} of the {formats.count(row['exposed'])} people who "
        f"met it did (likely range {formats.share(row['download_rate_low'])} to "
        f"{formats.share(row['download_rate_high'])})"
    )


def show_summary(assets: pl.DataFrame, cells: pl.DataFrame) -> None:
    """Five numbers of all assets together."""
    mark = written_mark(definitions().content.good_from)
    met = assets.filter((pl.col("exposed") > 0) | (pl.col("visitors") > 0))
    downloads = _total(assets, "downloads")
    effective, now = (_of_downloads(assets, name) for name in ("effective", "effective_now"))
    judged = assets["chance_good"].drop_nulls()
    minutes = _total(assets, "engaged_minutes")
    because = assets["unknown_because"].drop_nulls()
    today = (
        f"By today's rule {formats.share(now)}."
        if now is not None
        else f"Not known: {because.item(0)}." * bool(len(because))
    )
    at_it = (
        f"Known people were at it for {formats.count(minutes)} minutes in all."
        if minutes is not None
        else "How long people were at it is on no record."
    )
    show_tiles(
        [
            Tile(
                "Assets met",
                met.height,
                f"Of {formats.counted(assets.height, 'asset')} loaded or named. {at_it}",
            ),
            Tile(
                "Downloads",
                downloads,
                "People and assets: who downloaded two assets counts with both.",
            ),
            Tile(
                f"Assets above {mark}",
                int((judged >= SURE).sum()) if len(judged) else None,
                f"More than {mark} of the exposed download them, with a probability of at least "
                f"{formats.chance(SURE)}. Of {formats.count(len(judged))} that can be judged.",
            ),
            Tile(
                "Effective of downloads",
                effective,
                f"By the rule in force on that day of the download. {today}",
                Kind.SHARE,
            ),
            Tile(
                "Gaps",
                gaps(cells.filter(pl.col("persona") != UNASSIGNED)).height,
                f"Personas at a stage of whom {FEWEST_REACHED} or more were there, and no asset "
                f"reached {FEWEST_REACHED}.",
            ),
        ],
        definitions().base_currency,
        None,
    )


def _total(assets: pl.DataFrame, name: str) -> float | None:
    """The sum over assets; None where it is known of none."""
    known = assets[name].drop_nulls()
    return float(known.sum()) if len(known) else None


def _of_downloads(assets: pl.DataFrame, name: str) -> float | None:
    """Of the downloads of assets of which it is known, the share of people who are effective."""
    known = assets.drop_nulls(name)
    part, downloads = (float(known[each].sum()) for each in (name, "downloads"))
    return part / downloads if downloads else None
