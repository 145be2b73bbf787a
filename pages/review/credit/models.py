"""Who earns the credit: the sentence, the marks of two models, and every model as a table."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import streamlit as st

from data.schema.frames import DataFrame
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.comparing.models import compare_models
from metrics.attribution.credit import Credit
from metrics.attribution.models import DATA_DRIVEN, LONGER_MEMORY
from metrics.scope import Dimension
from metrics.wording import formats
from pages.charts.credit import MOST_ROWS, dumbbells
from pages.controls.columns import number, percent, score, short, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions
from pages.controls.tables import note_cut, show_chart, show_table
from pages.display.text import escape
from pages.review.credit.asked import Asked


def written(amount: Decimal | float, asked: Asked) -> str:
    """Credit as people read it: money, or a number of conversions."""
    if asked.is_money:
        return formats.money(amount, definitions().base_currency)
    value = float(amount)
    return formats.count(value) if value >= 100 or value == int(value) else f"{value:.1f}"


def show_sentence(credit: pl.DataFrame, asked: Asked) -> None:
    """Who earns most by the model, what the other says of it, and what nobody earns."""
    rows = credit.filter(model=asked.model)
    whole = rows["credit"].sum()
    left = rows.filter(segment=UNATTRIBUTED)
    first = rows.filter(pl.col("segment") != UNATTRIBUTED).head(1)
    untouched, nobodys = int(left["conversions"].sum()), left["credit"].sum()
    unpriced = int(left["unpriced"].sum()) if asked.is_money else 0
    parts = []
    if not first.is_empty():
        best = first.row(0, named=True)
        other = credit.filter(model=asked.other, segment=best["segment"]).row(0, named=True)
        parts.append(
            f"{escape(best['segment'])} earns the most of the {asked.what} by the model "
            f"**{escape(asked.labels[asked.model])}**: "
            f"**{escape(written(best['credit'], asked))}** of {escape(written(whole, asked))} "
            f"({formats.share(best['share'])}). The model "
            f"{escape(asked.labels[asked.other])} gives it {formats.share(other['share'])}."
        )
    if untouched:
        had = formats.counted(untouched, "conversion has", "conversions have")
        worth = escape(written(nobodys, asked))
        if unpriced == untouched:
            parts.append(f"{had} no touch, and no recorded amount either.")
        else:
            parts.append(f"{had} no touch, so {worth} is credited to nobody.")
    st.markdown(" ".join(parts))
    words = "Credit is not causation: it says which touches were there, not what they added."
    if (days := asked.question.lookback_days) is not None:
        words += (
            f" Touches count for {days} days before the conversion. With time decay, a touch "
            f"counts half for every {asked.half_life_days:g} days that it came earlier."
        )
    st.caption(words)


def show_models(credit: DataFrame[Credit], asked: Asked) -> None:
    """Two models as marks, all as a range and a table, and the sum that equals the CRM's."""
    shares = shares_of(credit, asked.model, asked.other)
    names = asked.labels[asked.model], asked.labels[asked.other]
    if not shares.is_empty():
        alt = f"Share of credit of each {asked.question.by.label} by {names[0]} and by {names[1]}"
        show_chart(dumbbells(shares.head(MOST_ROWS), *names), key="attribution_marks", alt=alt)
    if len(shares) > MOST_ROWS:
        note_cut(MOST_ROWS, len(shares), first="largest")
    _show_reconciled(credit, asked)
    with st.expander("View all models as table", icon=":material/table:"):
        _show_table(credit, asked)


def shares_of(credit: pl.DataFrame, model: str, other: str) -> pl.DataFrame:
    """One row per segment, the largest first: its share by two models, and the range of all."""
    told = pl.col("share").filter("is_told")
    spread = credit.group_by("segment").agg(lowest=told.min(), highest=told.max())
    of_other = credit.filter(model=other).select("segment", other_share="share")
    return (
        credit.filter(pl.col("model") == model, pl.col("segment") != UNATTRIBUTED)
        .join(of_other, on="segment")
        .join(spread, on="segment")
        .sort("share", "segment", descending=[True, False], nulls_last=True)
    )


def _show_reconciled(credit: pl.DataFrame, asked: Asked) -> None:
    rows = credit.filter(model=asked.model)
    is_left = pl.col("segment") == UNATTRIBUTED
    earned = Decimal(rows.filter(~is_left)["credit"].sum())
    left = Decimal(rows.filter(is_left)["credit"].sum())
    unpriced = rows["unpriced"].max() if asked.is_money else 0
    if unpriced and not earned + left:
        st.caption("No conversion has a recorded amount: choose Number under In to credit them.")
        return
    full = _in_full(earned, asked), _in_full(left, asked), _in_full(earned + left, asked)
    words = f"Attributed {full[0]} + unattributed {full[1]} = {full[2]}, as the CRM says."
    if unpriced:
        words += " Conversions without a recorded amount earn nobody anything."
    st.caption(f":material/check: {escape(words)}")


def _in_full(amount: Decimal, asked: Asked) -> str:
    if asked.is_money:
        return formats.money_in_full(amount, definitions().base_currency)
    return f"{amount.normalize():f}"


def _show_table(credit: DataFrame[Credit], asked: Asked) -> None:
    compared = compare_models(credit, asked.model).with_columns(
        label=pl.col("model").replace_strict(asked.labels)
    )
    columns = {
        "segment": text(asked.question.by.label.capitalize(), pinned=True),
        "label": text("Model"),
        "credit": short("Credit") if asked.is_money else score("Credit"),
        "share": percent("Share"),
        "share_low": percent("90% low"),
        "share_high": percent("90% high"),
        "share_change": percent(f"Against {asked.labels[asked.model]}"),
        "rank": number("Place"),
        "rank_change": number("Places gained"),
        "conversions": number("Touched"),
        "is_told": tick(
            "Enough to tell",
            meaning="A model that learns from journeys needs 20 conversions touched, and bounds "
            "within half of the share on either side. Rules say what they say of few as well.",
        ),
    }
    show_table(
        compared.select(list(columns)),
        alt="Credit of each segment by each model",
        stem=file_stem(f"credit_{asked.question.event}", asked.question.scope.period),
        columns=columns,
        everything=lambda: credit,
    )
    if asked.question.scope.filters:
        st.caption(
            f":material/info: {', '.join(DATA_DRIVEN)} need journeys that did not convert, and "
            "nobody knows which of those would pass the filter: they are shown without filters."
        )
    if asked.question.by is not Dimension.CHANNEL:
        st.caption(
            f":material/info: {' and '.join(LONGER_MEMORY)} learn of channels alone: of a longer "
            "list there are more pairs and triples than journeys that could tell them apart."
        )
