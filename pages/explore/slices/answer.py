"""The answer in one sentence, with its numbers."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from metrics.chance import FEWEST, Verdict
from metrics.returns.spread_spend import Grain
from metrics.scope import Basis
from metrics.segments.measures import Kind, Measure
from metrics.wording import formats
from pages.controls.captions import note_spread, show_scope
from pages.display.text import escape
from pages.segmenting.question import Asked, of_measure, segment_name, written

_ADDED_UP = {Kind.COUNT, Kind.SPEND}

_OF_SPEND = {Kind.SPEND, Kind.COST, Kind.RETURN}


def show_answer(asked: Asked, found: pl.DataFrame) -> None:
    """Which segment stands out by the first measure, and whether by more than chance."""
    rows = of_measure(found, asked.main).with_columns(segment_name(asked))
    st.markdown(_sentence(asked, rows))
    show_scope(asked.scope, "journey", "deal", "spend")
    if any(each.kind in _OF_SPEND for each in asked.measures):
        note_spread(asked.scope, Grain.PERIOD)


def _sentence(asked: Asked, rows: pl.DataFrame) -> str:
    known = rows.drop_nulls("value")
    if known.is_empty():
        reasons = rows["reason"].drop_nulls().unique(maintain_order=True).to_list()
        because = f": {escape('; '.join(reasons))}" if reasons else ""
        return f"{escape(asked.main.label)} by {escape(asked.by_words)} is not known{because}."
    if asked.main.kind is Kind.RATE and asked.scope.basis is Basis.COHORT:
        return _of_rates(asked, rows)
    if asked.main.kind in _ADDED_UP or asked.main in (
        Measure.WON_AMOUNT,
        Measure.PIPELINE_AMOUNT,
    ):
        return _of_sums(asked, known)
    return _of_quotients(asked, known)


def _of_rates(asked: Asked, rows: pl.DataFrame) -> str:
    sure = rows.filter(pl.col("chance") == Verdict.MORE_THAN_CHANCE.value)
    few = len(rows.filter(pl.col("chance") == Verdict.TOO_FEW.value))
    said = formats.counted(len(rows), "segment")
    silent = f" Of {formats.count(few)} nothing is said: too few." if few else ""
    if sure.is_empty():
        if len(rows) == 1:
            return f"{_rate(asked, rows.row(0, named=True))}; there are no others to compare."
        return (
            f"None of {said} by {escape(asked.by_words)} differs from all others in "
            f"{escape(asked.main.label)} by more than chance.{silent}"
        )
    row = sure.sort("p_value", "records", descending=[False, True]).row(0, named=True)
    others = formats.share(row["others"])
    more = len(sure) - 1
    also = f", as do {formats.count(more)} more of {said}" if more else f", alone of {said}"
    return f"{_rate(asked, row)}, against **{others}** elsewhere: more than chance{also}.{silent}"


def _rate(asked: Asked, row: dict[str, Any]) -> str:
    start, end = asked.main.way
    n = formats.counted(row["records"], start.word, start.plural)
    return (
        f"**{escape(row['segment'])}** converts **{formats.share(row['value'])}** of {n} "
        f"to {end.word}"
    )


def _of_sums(asked: Asked, known: pl.DataFrame) -> str:
    total = float(known["value"].sum())
    row = known.row(0, named=True)
    whole = written(asked.main, total, asked.currency)
    if not total:
        return f"{escape(asked.main.label)} is 0 in this selection."
    part = written(asked.main, row["value"], asked.currency)
    return (
        f"**{escape(row['segment'])}** is the largest of "
        f"{formats.counted(len(known), 'segment')}: {escape(asked.main.label)} **{escape(part)}** "
        f"of {escape(whole)}, {formats.share(row['value'] / total)}."
    )


def _of_quotients(asked: Asked, known: pl.DataFrame) -> str:
    """The ends, of those with enough records that chance does not decide alone."""
    enough = known.filter(pl.col("records") >= FEWEST)
    if len(enough) < 2:
        return (
            f"{escape(asked.main.label)} is known of {formats.counted(len(known), 'segment')}, of "
            f"fewer than two with {FEWEST} records or more: too few to compare."
        )
    ordered = enough.sort("value", descending=True)
    first, last = ordered.row(0, named=True), ordered.row(-1, named=True)
    is_flow = asked.scope.basis is Basis.FLOW
    high, low = (
        f"**{escape(row['segment'])}** ("
        f"{escape(written(asked.main, row['value'], asked.currency, flow=is_flow))}, "
        f"n {formats.count(row['records'])})"
        for row in (first, last)
    )
    return (
        f"{escape(asked.main.label)} is highest for {high} and lowest for {low}, of segments with "
        f"{FEWEST} records or more. Whether that is more than chance is not tested."
    )
