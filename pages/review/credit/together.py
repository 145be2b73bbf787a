"""How conversions were touched: their paths, what touches together, and between which stages."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.engine.warehouse import Warehouse
from data.terms.glossary import defined
from metrics.attribution.conversion_paths.between_stages import NO_STAGE, channel_stages_of
from metrics.attribution.conversion_paths.common import lengths_of, paths_of, summary_of
from metrics.attribution.conversion_paths.first_touches import first_touches_of
from metrics.attribution.conversion_paths.together import assisted_of, overlap_of
from metrics.attribution.question import Question
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.charts.credit import counts_of_pairs
from pages.controls.columns import bar, number, percent, score, short, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.tables import note_cut, show_chart, show_table
from pages.review.credit.asked import Asked, paths

SHOWN = 20

ARROW = " → "


def show_paths(_: pl.DataFrame, asked: Asked) -> None:
    """How long paths are, the most common, and where they begin."""
    seen = paths(asked)
    summary = summary_of(seen).row(0, named=True)
    if not summary["touched"]:
        st.info("None of these conversions has a touch.", icon=":material/info:")
        return
    st.markdown(
        f"**{formats.count(summary['touched'])} of {formats.count(summary['conversions'])}** "
        f"conversions were touched. The usual path has {summary['length_median']:g} steps and "
        f"takes {summary['days_median']:g} days from the first touch; nine in ten take at most "
        f"{summary['days_90']:g}."
    )
    common = paths_of(seen).with_columns(
        path=pl.when(pl.col("length") > 0)
        .then(pl.col("path").list.join(ARROW))
        .otherwise(pl.lit("No touch"))
    )
    kind = short if asked.is_money else score
    columns = {
        "path": text("Path", wide="large"),
        "conversions": number("Conversions"),
        "share": bar("Of all"),
        "worth": kind("Worth"),
        "touches_median": score("Touches, median"),
        "days_median": score("Days, median"),
    }
    period = asked.question.scope.period
    show_table(
        common.select(list(columns)).head(SHOWN),
        alt="The most common paths",
        stem=file_stem("paths", period),
        columns=columns,
        everything=lambda: common,
    )
    if len(common) > SHOWN:
        note_cut(SHOWN, len(common), first="most common")
    st.subheader("How long paths are", anchor=False)
    lengths = lengths_of(seen)
    of_lengths = {"length": number("Steps"), **{n: c for n, c in columns.items() if n != "path"}}
    show_table(
        lengths.select(list(of_lengths)),
        alt="Conversions by the length of their path",
        stem=file_stem("path_lengths", period),
        columns=of_lengths,
    )
    st.subheader("Where paths begin, and what follows", anchor=False)
    first = first_touches_of(seen)
    of_first = {
        "place": number("Step"),
        "segment": text(asked.question.by.label.capitalize()),
        "leads_to": text("Leads to"),
        "next_segment": text("Next"),
        "conversions": number("Conversions"),
        "worth": kind("Worth"),
    }
    show_table(
        first.select(list(of_first)).head(SHOWN),
        alt="First touches and what follows them",
        stem=file_stem("first_touches", period),
        columns=of_first,
        everything=lambda: first,
    )


def show_together(_: pl.DataFrame, asked: Asked) -> None:
    """Which segments touch the same conversions, and which close or only assist."""
    seen = paths(asked)
    pairs = overlap_of(seen)
    if pairs.is_empty():
        st.info("None of these conversions has a touch.", icon=":material/info:")
        return
    label = asked.question.by.label
    st.caption(f"Of the conversions that the {label} of a row touched, how many did another touch?")
    show_chart(
        counts_of_pairs(pairs, "segment", "other"),
        key="attribution_overlap",
        alt=f"Conversions touched by each pair of {label}s",
    )
    offer_downloads(lambda: pairs, file_stem("overlap", asked.question.scope.period))
    st.subheader("Who closes, who assists", anchor=False)
    kind = short if asked.is_money else score
    assisted = assisted_of(seen)
    columns = {
        "segment": text(label.capitalize(), pinned=True),
        "conversions": number("Touched"),
        "first": number("Began"),
        "last": number("Was last"),
        "assisted": number("Assisted"),
        "assisted_per_last": score(
            "Assists per last touch", meaning=defined("Assists per last touch")
        ),
        "worth": kind("Worth touched"),
        "last_worth": kind("Worth as last"),
        "assisted_worth": kind("Worth assisted"),
    }
    show_table(
        assisted.select(list(columns)),
        alt="Conversions that each segment closed or assisted",
        stem=file_stem("assisted", asked.question.scope.period),
        columns=columns,
    )


def show_stages(_: pl.DataFrame, asked: Asked) -> None:
    """Between which stages the touches of each segment fall."""

    def found(warehouse: Warehouse, _: Scope, question: Question) -> pl.DataFrame:
        return channel_stages_of(warehouse, question)

    stages = measure(found, asked.question.scope, asked.question)
    if stages.is_empty():
        st.info("None of these conversions has a touch.", icon=":material/info:")
        return
    label = asked.question.by.label
    names = {each.value: f"after {each.label}" for each in Stage} | {NO_STAGE: "before the lead"}
    named = stages.with_columns(
        after_stage=pl.col("after_stage").replace_strict(names), conversions="touches"
    )
    st.caption(f"Touches of each {label} by the last stage that the lead or deal had reached.")
    show_chart(
        counts_of_pairs(named, "segment", "after_stage"),
        key="attribution_stages",
        alt=f"Touches of each {label} between the stages",
    )
    columns = {
        "segment": text(label.capitalize(), pinned=True), "after_stage": text("Falls"),
        "touches": number("Touches"), "share": percent("Of the row"),
    }  # fmt: skip
    with st.expander("Show as a table", icon=":material/table:"):
        show_table(
            named.select(list(columns)),
            alt=f"Touches of each {label} by stage",
            stem=file_stem("touches_by_stage", asked.question.scope.period),
            columns=columns,
        )
