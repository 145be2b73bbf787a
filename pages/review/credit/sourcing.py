"""Sourced, influenced, accelerated: three definitions side by side, and against the rest."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.sourcing.against_rest import Measure, sourced_against_rest
from metrics.attribution.sourcing.deals import Definition
from metrics.attribution.sourcing.sourced import Side, marketing_sourced
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import number, percent, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_table
from pages.review.credit.asked import Asked

_LABELS = {each.value: each.label for each in Definition}

_MEASURES = {
    Measure.WIN_RATE.value: "Win rate, %",
    Measure.CYCLE_DAYS.value: "Days from opening to won, median",
    Measure.DEAL_AMOUNT.value: "Deal size, median",
}


def show_sourcing(_: pl.DataFrame, asked: Asked) -> None:
    """How much marketing sourced by each definition, and whether sourced deals differ."""
    scope = asked.question.scope
    found = measure(marketing_sourced, scope, definitions())
    marketing = found.filter(side=Side.MARKETING.value)
    words = _in_words(marketing)
    if words is None:
        st.info(
            "The data does not say what marketing sourced. Load what people did, or leads with "
            "the channel they came through."
        )
        return
    st.markdown(words)
    st.caption(
        "The three answer three questions, so that they differ. Of all deals of the period, "
        "whatever is credited above."
    )
    columns = {
        "definition": text("Definition", wide="medium"),
        "won": number("Won"),
        "won_share": percent("Of all won"),
        "won_amount": short("Won revenue"),
        "won_amount_share": percent("Of all revenue"),
        "opened": number("Opened"),
        "opened_share": percent("Of all opened"),
        "opened_amount": short("Opened, amount"),
        "unknown": number("Won, not known", meaning="Won deals about which the data does not say"),
    }
    unknown = found.filter(side=Side.UNKNOWN.value).select("definition", unknown="won")
    shown = marketing.join(unknown, on="definition").with_columns(
        *(_known(step) for step in ("won", "opened")),
        definition=pl.col("definition").replace_strict(_LABELS),
    )
    show_table(
        shown.select(list(columns)),
        alt="Deals that marketing sourced, influenced and accelerated",
        stem=file_stem("sourced", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    _show_against_rest(scope)


def _in_words(marketing: pl.DataFrame) -> str | None:
    """How much marketing sourced, of revenue or else of deals; None where nothing tells.

    Definitions that the data says nothing of are named as such.
    """
    sourced = [
        (label.removeprefix("Sourced: "), row)
        for row in marketing.iter_rows(named=True)
        if (label := _LABELS[row["definition"]]).startswith("Sourced")
    ]
    for column, whole in (
        ("won_amount_share", "Of the revenue won"),
        ("won_share", "Of the deals won"),
        ("opened_share", "Of the deals opened"),
    ):
        told = [
            f"{formats.share(row[column])} ({label})"
            for label, row in sourced
            if row[column] is not None
        ]
        if told:
            untold = [label for label, row in sourced if row[column] is None]
            gap = f" The data does not say in how many {formats.listed(untold)}." if untold else ""
            return f"{whole}, marketing sourced {', '.join(told)}.{gap}"
    return None


def _known(step: str) -> pl.Expr:
    """The amount of the deals, not 0 where none of them has one."""
    unpriced = (pl.col(step) > 0) & (pl.col(step) == pl.col(f"unpriced_{step}"))
    return pl.when(~unpriced).then(pl.col(f"{step}_amount"))


def _show_against_rest(scope: Scope) -> None:
    whole = measure(sourced_against_rest, scope, definitions())
    compared = whole.filter(pl.col("value").is_not_null() & pl.col("rest_value").is_not_null())
    st.subheader("Sourced deals against the rest", anchor=False)
    if compared.is_empty():
        st.caption("There are no closed deals on both sides to compare.")
        return
    st.caption(
        "Sourced deals differ from others in more than who sourced them: a difference is no effect "
        "of marketing. Bounds are of 95%."
    )
    percents = pl.when(measure=Measure.WIN_RATE.value).then(100).otherwise(1)
    of_compared = {
        "definition": text("Definition", wide="medium"), "measure": text("Measure"),
        "value": score("Sourced"), "low": score("Low"), "high": score("High"),
        "deals": number("Deals"), "rest_value": score("Rest"), "rest_low": score("Low"),
        "rest_high": score("High"), "rest_deals": number("Deals of the rest"),
        "difference": score("Difference"), "chance": text("More than chance?"),
    }  # fmt: skip
    numbers = [name for name, dtype in compared.schema.items() if dtype == pl.Float64]
    written = compared.with_columns(
        pl.col([name for name in numbers if name != "p_value"]) * percents
    ).with_columns(
        definition=pl.col("definition").replace_strict(_LABELS),
        measure=pl.col("measure").replace_strict(_MEASURES),
    )
    show_table(
        written.select(list(of_compared)),
        alt="Win rate, cycle and size of sourced deals against the rest",
        stem=file_stem("sourced_against_rest", scope.period),
        columns=of_compared,
        everything=lambda: whole,
    )
