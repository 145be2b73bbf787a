"""What people said brought them, beside what the touches say."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.models import DATA_DRIVEN
from metrics.attribution.self_reported import NOT_SAID, self_reported
from metrics.wording import formats
from pages.charts.credit import counts_of_pairs
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart
from pages.review.credit.asked import Asked


def show_said(_: pl.DataFrame, asked: Asked) -> None:
    """The agreement matrix of the chosen model, of won deals."""
    found = measure(self_reported, asked.question.scope, definitions())
    if found.is_empty():
        st.info("Nothing was won in this period.", icon=":material/info:")
        return
    said = found.filter(pl.col("said") != NOT_SAID)
    if said.is_empty():
        st.info(
            "No lead of a won deal says how its person had heard of us. Map the answer of your "
            "form to `self_reported_source` of the lead, and it stands here beside the touches.",
            icon=":material/info:",
        )
        return
    # Answers are held against rules; what learns from journeys is held by the linear one.
    model = "linear" if asked.model in DATA_DRIVEN else asked.model
    rows = found.filter(model=model)
    answers = rows.filter(pl.col("said") != NOT_SAID)
    whole, answered, agreeing = (
        float(each["credit"].sum()) for each in (rows, answers, rows.filter("agrees"))
    )
    st.markdown(
        f"**{formats.count(answered)} of {formats.count(whole)}** won deals say what brought them. "
        f"By {asked.labels[model]}, {formats.share(agreeing / answered)} of them were brought by "
        "the channel that they name."
    )
    st.caption(
        "Rows are answers, columns the channels that the model credits. An answer knows of word of "
        "mouth, of which no touch does; a touch knows of what people forget."
    )
    matrix = rows.with_columns(
        conversions=pl.col("credit").cast(pl.Float64),
        share=(pl.col("credit") / pl.col("credit").sum().over("said")).cast(pl.Float64),
    )
    show_chart(
        counts_of_pairs(matrix, "said", "segment"),
        key="attribution_said",
        alt="Won deals by what people said and by the channel credited",
    )
    offer_downloads(lambda: found, file_stem("self_reported", asked.question.scope.period))
