"""Channels, best and worst: what each brought, at which cost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import streamlit as st

from data.errors import MetricError, MissingRateError
from data.schema.contract import UNASSIGNED
from data.terms.glossary import defined
from metrics.scope import Dimension, Scope
from metrics.segments.measures import Measure
from metrics.segments.segment_table import segment_table
from metrics.wording import formats
from pages.controls.columns import number, text
from pages.controls.measure import definitions, measure
from pages.controls.problems import show_unanswered
from pages.controls.tables import show_rows

HERE = Path(__file__).parents[2]

_WHOSE = "by the channel of their own lead. Channels and ROI says what touches earn of them"

EACH = 2
"""So many of the best, and of the worst, stand on the first screen."""

SHOWN = (
    Measure.SPEND_AMOUNT,
    Measure.LEAD,
    Measure.COST_PER_OPPORTUNITY,
    Measure.PIPELINE_AMOUNT,
    Measure.WON_AMOUNT,
)


def show_channels(scope: Scope) -> None:
    """A row per channel that can be compared: of many the best and the worst."""
    measures = tuple(each for each in SHOWN if each.is_of(scope.unit))
    try:
        found = measure(
            segment_table, scope, definitions(), by=(Dimension.CHANNEL,), measures=measures
        )
    except (MetricError, MissingRateError) as reason:
        show_unanswered(reason)
        return
    rows, order = _ranked(_side_by_side(found, measures))
    if rows.is_empty():
        st.caption("No channel is in this selection.")
        return
    shown = rows if len(rows) <= 2 * EACH else pl.concat([rows.head(EACH), rows.tail(EACH)])
    currency = definitions().base_currency
    titles = {
        Measure.SPEND_AMOUNT: number(f"Spend, {currency}"),
        Measure.LEAD: number("Leads"),
        Measure.COST_PER_OPPORTUNITY: number("Per opportunity"),
        Measure.PIPELINE_AMOUNT: number(
            "Pipeline", meaning=defined("Pipeline created", f"Here: {_WHOSE}")
        ),
        Measure.WON_AMOUNT: number("Won", meaning=defined("Won revenue", f"Here: {_WHOSE}")),
    }
    show_rows(
        shown.with_columns(pl.col(pl.Float64).round()),
        alt=f"Channels by {order}, with spend, leads, cost, pipeline and revenue",
        columns={
            "channel": text("Channel", pinned=True),
            **{each.value: titles[each] for each in measures},
        },
    )
    left = len(rows) - len(shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"Best first, by {order}" + (f"; {formats.count(left)} in between." if left else "."),
            width="content",
        )
        st.page_link(str(HERE / "review/channels.py"), label="All", icon=":material/arrow_forward:")


def _ranked(rows: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """The channels that can be compared, the best first, and by what.

    By what an opportunity costs where several channels have spend: one whose spend brought none is
    the worst. Else by pipeline, or by leads. `Unassigned` is no channel.
    """
    named = rows.filter(pl.col("channel") != UNASSIGNED)
    spend, cost = Measure.SPEND_AMOUNT.value, Measure.COST_PER_OPPORTUNITY.value
    if spend in rows.columns:
        spent = named.filter(pl.col(spend) > 0)
        if len(spent) > 1:
            return spent.sort(cost, "channel", nulls_last=True), "cost per opportunity"
    if named[Measure.PIPELINE_AMOUNT.value].count():
        return (
            named.sort(
                Measure.PIPELINE_AMOUNT.value,
                "channel",
                descending=[True, False],
                nulls_last=True,
            ),
            "pipeline created",
        )
    first = Measure.LEAD.value if Measure.LEAD.value in rows.columns else "channel"
    return named.sort(first, "channel", descending=[True, False], nulls_last=True), "leads"


def _side_by_side(found: pl.DataFrame, measures: tuple[Measure, ...]) -> pl.DataFrame:
    """A row per channel with a column for each measure."""
    rows = found.select("channel").unique()
    for each in measures:
        own = found.filter(measure=each.value).select("channel", pl.col("value").alias(each.value))
        rows = rows.join(own, on="channel", how="left")
    return rows
