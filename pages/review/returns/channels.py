"""What was spent and what came of it: the sentence, the quadrant, and a row per channel."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from metrics.attribution.bounds import UNATTRIBUTED
from metrics.returns.known_by import TOUCHED_BY
from metrics.scope import Filter
from metrics.wording import formats
from pages.charts.returns import quadrant
from pages.controls.captions import show_uncounted
from pages.controls.columns import number, percent, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.tables import show_chart, show_table
from pages.display.text import bullets, escape
from pages.review.returns.asked import Asked

FEWEST_WON = 5
"""Of a return on fewer won deals nothing is said in the sentence."""


def show_sentence(returns: pl.DataFrame, asked: Asked) -> None:
    """What the period's spend is against what was won, and who brings most and least for it."""
    spent, won = (float(returns[name].sum()) for name in ("spend_amount", "revenue_amount"))
    words = f"**{_money(spent, asked)}** was spent, **{_money(won, asked)}** "
    whose = [each for each in asked.scope.filters if each.dimension in TOUCHED_BY]
    words += "of what was won is credited to these touches." if whose else "was won."
    known = returns.filter(pl.col("roi").is_not_null(), pl.col("segment") != UNATTRIBUTED)
    told = known.filter(pl.col("won_deals") >= FEWEST_WON).sort(
        "roi", "segment", descending=[True, False]
    )
    if len(told) > 1:
        most, least = told.row(0, named=True), told.row(-1, named=True)
        of_whom = (
            "" if len(told) == len(known) else f" of those with {FEWEST_WON} won deals or more"
        )
        words += (
            f" By {escape(asked.label)},{of_whom} {escape(most['segment'])} is credited with "
            f"the most for its spend ({_times(most)}) and {escape(least['segment'])} with the "
            f"least ({_times(least)})."
        )
    without_leads = returns.filter(state="spend without leads")
    if not without_leads.is_empty():
        money = _money(float(without_leads["spend_amount"].sum()), asked)
        words += f" {money} was spent on what brought no lead."
    st.markdown(words)
    st.caption(
        "Credit is not causation: it says which touches were there, not what the spend added. "
        f"Deals won {escape(asked.scope.period.describe())}; costs per step are of the leads that "
        "entered then, who may still be on their way."
    )
    for each in asked.scope.filters:
        st.caption(escape(each.describe()))
    if whose:
        st.caption(
            f"Revenue and pipeline are the credit of touches by {_named(whose)}, whoever's deals "
            "they led to: Overview says what was won of the deals that are themselves of it."
        )
    show_uncounted("spend", "touch", "deal", "journey")


def _named(filters: Sequence[Filter]) -> str:
    return escape(" and ".join(each.describe() for each in filters))


def _money(value: float, asked: Asked) -> str:
    return escape(formats.money(value, asked.currency))


def _times(row: dict[str, float]) -> str:
    words = f"{formats.times(row['roi'])} as much"
    if row["roi_low"] is not None and row["roi_high"] is not None:
        low, high = formats.times(row["roi_low"]), formats.times(row["roi_high"])
        words += f", 90% bounds {low} to {high}"
    return escape(words)


def show_channels(returns: pl.DataFrame, asked: Asked) -> None:
    """The quadrant where costs are known, the table, and what has to be said of single rows."""
    marked = returns.drop_nulls(["spend_amount", "cost_per_opportunity"])
    if len(marked) > 1:
        alt = f"Spend of each {asked.by.label} against its cost per opportunity"
        show_chart(quadrant(marked, asked.currency), key="returns_quadrant", alt=alt)
        st.caption("The larger a mark, the more pipeline is credited. Dotted: the medians.")
    columns = {
        "segment": text(asked.by.label.capitalize(), pinned=True),
        "spend_amount": short(f"Spend, {asked.currency}"),
        "lead": number("Leads"),
        "cost_per_lead": short("Per lead"),
        "mql": number("MQLs"),
        "cost_per_mql": short("Per MQL"),
        "opportunity": number("Opportunities"),
        "cost_per_opportunity": short("Per opportunity"),
        "won": number("Won of these"),
        "new_customers": number(
            "New customers", meaning="Accounts won for the first time in the period"
        ),
        "acquisition_cost_amount": short("Per new customer", meaning="Spend ÷ new customers"),
        "pipeline_amount": short("Pipeline credited"),
        "revenue_amount": short("Revenue credited"),
        "roi": score("Revenue ÷ spend"),
        "roi_low": score("90% low"),
        "roi_high": score("90% high"),
        "romi": percent("ROMI"),
        "payback_months": number(
            "Payback, months", meaning="How long the period's touches took to earn its spend"
        ),
        "state": text("Has"),
    }
    show_table(
        returns.select(list(columns)),
        alt=f"Spend, costs, credit and return by {asked.by.label}",
        stem=file_stem(f"returns_by_{asked.by}", asked.scope.period),
        columns=columns,
        everything=lambda: returns,
    )
    _show_remarks(returns, asked)


def _show_remarks(returns: pl.DataFrame, asked: Asked) -> None:
    """One deal that makes most of a return, and why a return with the margin is missing."""
    remarks = [
        f"{row['segment']}: one deal, {row['largest_deal_id']} of "
        f"{formats.money(row['largest_deal_amount'], asked.currency)}, makes "
        f"{formats.share(row['largest_deal_share'])} of its revenue."
        for row in returns.drop_nulls("largest_deal_id").iter_rows(named=True)
        if row["segment"] != UNATTRIBUTED
    ]
    reasons = returns.drop_nulls("romi_missing").group_by("romi_missing", maintain_order=True)
    for (reason,), rows in reasons.agg(pl.col("segment")).group_by(
        "romi_missing", maintain_order=True
    ):
        named = rows["segment"].explode().to_list()
        whose = "" if len(named) == len(returns) else f" for {', '.join(named)}"
        remarks.append(f"No ROMI{whose}: {reason}.")
    if remarks:
        st.markdown(bullets(remarks))
