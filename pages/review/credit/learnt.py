"""What models learn from: the touches that count, how far back, and how long a memory is."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.comparing.models import MARKOV_1, beyond_order_one
from metrics.attribution.memory import chain_memory
from metrics.attribution.models import DRIVEN_LABELS, LONGER_MEMORY
from metrics.attribution.usual import usual_days
from metrics.wording import formats
from pages.controls.columns import text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure, remembered, remembering_warehouse
from pages.controls.tables import show_table
from pages.display.text import escape
from pages.review.credit.asked import Asked
from pages.review.credit.nothing import show_coverage


def show_learnt(credit: pl.DataFrame, asked: Asked) -> None:
    """Coverage, the usual days, and the orders of the chain."""
    show_coverage()
    question = asked.question
    usual = remembered(
        lambda: usual_days(remembering_warehouse(), question), "usual", question
    ).row(0, named=True)
    if usual["lookback_days"] is not None:
        st.markdown(
            f"Nine first touches in ten lie within **{usual['lookback_days']} days** before the "
            f"conversion; a lookback of so many cuts {formats.share(usual['share_cut'])} of the "
            f"touches. Half of the median is **{usual['half_life_days']:g} days**. The definitions "
            "may fix both, and add models of your own."
        )
    found = measure(chain_memory, question.scope, definitions())
    if found.is_empty():
        st.info(
            "Models that learn from journeys need journeys that did not convert: clear the filters "
            "and choose a period with touches of many accounts.",
            icon=":material/info:",
        )
        return
    st.subheader("On how many of the last touches the next step depends", anchor=False)
    st.caption(
        "Told on accounts that the chain has not seen: the smaller the log loss, the better. The "
        "shortest memory within one standard error of the best is the one to use. AUC is what "
        "other tools report. Of journeys to won deals."
    )
    columns = {
        "model": text("Model", pinned=True),
        "log_loss": st.column_config.NumberColumn("Log loss", format="%.4f"),
        "excess_error": st.column_config.NumberColumn("Error of its distance", format="%.4f"),
        "auc": st.column_config.NumberColumn("AUC", format="%.3f"),
        "is_chosen": tick("To use", meaning="The shortest memory that is as good as the best"),
    }
    show_table(
        found.with_columns(pl.col("model").replace_strict(DRIVEN_LABELS)),
        alt="How well chains of each order foretell journeys",
        stem=file_stem("chain_memory", question.scope.period),
        columns=columns,
    )
    if words := longer_memory_words(credit, asked.labels):
        st.markdown(escape(words))


def longer_memory_words(credit: pl.DataFrame, labels: dict[str, str]) -> str | None:
    """Whether orders 2 and 3 say anything else than order 1 does; None where it cannot be told."""
    first = credit.filter(pl.col("model") == MARKOV_1, pl.col("is_told"))
    if first["share_low"].null_count() == len(first) or LONGER_MEMORY[0] not in labels:
        return None
    names = " and ".join(labels[each] for each in LONGER_MEMORY)
    other = beyond_order_one(credit)
    if other.is_empty():
        return (
            f"{names} have no bounds. They give every channel that order 1 tells a share within "
            "the bounds of order 1: to look further back changes no answer here."
        )
    row = other.row(0, named=True)
    bounds = f"{formats.share(row['share_low'])} to {formats.share(row['share_high'])}"
    channels = formats.counted(other["segment"].n_unique(), "channel")
    return (
        f"{names} have no bounds. For {channels} they lie outside the bounds of order 1, furthest "
        f"for {row['segment']}: {formats.share(row['share'])} by {labels[row['model']]} against "
        f"{formats.share(row['first_share'])} ({bounds}). The table says which of them to use."
    )
