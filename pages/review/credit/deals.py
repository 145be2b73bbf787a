"""Why two models differ: who gains, who loses, the deals that decide it, and one deal's trail."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.attribution.comparing.audit_trail import audit_trail
from metrics.attribution.comparing.disagreement import ModelPair, two_models
from metrics.attribution.comparing.trail_steps import Standing
from metrics.wording import formats
from pages.controls.columns import day, moment, number, percent, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.measure import remembered, remembering_warehouse
from pages.controls.tables import RowChoice, show_table, show_table_or
from pages.display.text import escape
from pages.review.credit.asked import Asked
from pages.review.credit.models import written

_DEAL = "attribution_deal"

_STANDING = {each.value: each.label for each in Standing}


def show_deals(_: pl.DataFrame, asked: Asked) -> None:
    """The difference per segment in words and as a table, and behind each the deals."""
    if asked.model == asked.other:
        st.info("The same model is on both sides: choose another under Against.")
        return
    pair = ModelPair(asked.other, asked.model)
    question, half_life = asked.question, asked.half_life_days
    found = remembered(
        lambda: two_models(remembering_warehouse(), question, half_life, pair),
        "two models", question, half_life, pair,
    )  # fmt: skip
    st.markdown(_sentence(found.segments, asked))
    kind = short if asked.is_money else score
    columns = {
        "segment": text(question.by.label.capitalize(), pinned=True),
        "first_credit": kind(asked.labels[asked.other]),
        "second_credit": kind(asked.labels[asked.model]),
        "difference": kind("Difference"),
        "share_difference": percent("Of all credit"),
        "gaining": number("Gains in"),
        "losing": number("Loses in"),
        "decided_by": number(
            "Decided by", meaning="How few of them bring half of the gain or loss"
        ),
    }
    show_table_or(
        "Both models say the same.",
        found.segments.select(list(columns)),
        alt=f"Credit by {asked.labels[asked.model]} against {asked.labels[asked.other]}",
        stem=file_stem("disagreement", question.scope.period),
        columns=columns,
    )
    if found.deals.is_empty():
        return
    st.subheader("The conversions that decide it", anchor=False)
    deals = found.deals.with_columns(size=pl.col("difference").abs()).sort(
        "size", "subject_id", "segment", descending=[True, False, False]
    )
    of_deals = {
        "segment": text(question.by.label.capitalize(), pinned=True),
        "account": text("Account"),
        "subject_id": text("Deal" if question.is_of_deals else "Lead"),
        "converted_on": day("On"),
        "worth": kind("Worth"),
        "first_credit": kind(asked.labels[asked.other]),
        "second_credit": kind(asked.labels[asked.model]),
        "difference": kind("Difference"),
    }
    ids = deals["subject_id"].to_list()

    def take(place: int | None) -> None:
        st.session_state[_DEAL] = None if place is None else ids[place]

    show_table(
        deals.select(list(of_deals)),
        alt="Conversions by what the two models make of them, the largest difference first",
        stem=file_stem("deal_differences", question.scope.period),
        columns=of_deals,
        on_row=RowChoice("attribution_deals", take),
    )
    _show_trail(list(dict.fromkeys(ids)), asked)


def _sentence(segments: pl.DataFrame, asked: Asked) -> str:
    """Who gains most and who loses most by the model, against the other."""
    names = escape(asked.labels[asked.model]), escape(asked.labels[asked.other])
    gains = segments.filter(pl.col("difference") > 0)
    if gains.is_empty():
        return f"{names[0]} and {names[1]} say the same of every {asked.question.by.label}."
    gain, loss = gains.row(0, named=True), segments.row(-1, named=True)
    kind = "deal" if asked.question.is_of_deals else "lead"
    return (
        f"{names[0]} gives {escape(gain['segment'])} **{escape(written(gain['difference'], asked))}"
        f"** more than {names[1]}, half of it from {formats.counted(gain['decided_by'], kind)}, "
        f"and {escape(loss['segment'])} **{escape(written(-loss['difference'], asked))}** less, "
        f"half of it from {formats.counted(loss['decided_by'], kind)}."
    )


def _show_trail(ids: list[str], asked: Asked) -> None:
    """One conversion: what its people did, and what each model made of it."""
    st.subheader("One of them, touch by touch", anchor=False)
    chosen = st.selectbox(
        "Deal" if asked.question.is_of_deals else "Lead",
        ids,
        index=None,
        key=_DEAL,
        bind="query-params",
        placeholder="Choose one, or a row above",
        width=320,
    )
    if chosen is None:
        return
    question, half_life = asked.question, asked.half_life_days
    trail = remembered(
        lambda: audit_trail(remembering_warehouse(), question, chosen, half_life),
        "trail", question, half_life, chosen,
    )  # fmt: skip
    converted = trail.conversion
    worth = "" if converted.worth is None else f", {written(converted.worth, asked)}"
    st.markdown(
        f"**{escape(converted.account or chosen)}** · {question.event.label} on "
        f"{converted.converted_on:%d %b %Y}{escape(worth)}"
    )
    weights = trail.weights.filter(pl.col("model").is_in([asked.model, asked.other])).pivot(
        "model", index="interaction_id", values="weight"
    )
    touches = trail.touches.join(weights, on="interaction_id", how="left").with_columns(
        milestones=pl.concat_list(
            pl.when(name).then(pl.lit(said))
            for name, said in (
                ("is_first", "first"), ("is_before_lead", "before the lead"),
                ("is_before_deal", "before the deal"), ("is_last", "last"),
            )
        ).list.drop_nulls().list.join(", "),
        standing=pl.col("standing").replace_strict(_STANDING),
    )  # fmt: skip
    columns = {
        "place": number("No.", pinned=True), "occurred_at": moment("When (UTC)"),
        "channel": text("Channel"), "campaign": text("Campaign"), "content": text("Content"),
        "action": text("Action"), "job_title": text("Who"), "days_before": number("Days before"),
        "milestones": text("Milestones"), asked.model: percent(asked.labels[asked.model]),
        asked.other: percent(asked.labels[asked.other]), "standing": text("Counts, or why not"),
    }  # fmt: skip
    show_table(
        touches.select([name for name in columns if name in touches.columns]),
        alt=f"What the people of {chosen} did, and what two models give each touch",
        stem=file_stem(f"trail_{chosen}"),
        columns=columns,
        everything=lambda: trail.weights,
    )
