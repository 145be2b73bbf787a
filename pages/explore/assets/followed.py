"""What followed assets: MQLs, pipeline and revenue by the chosen model of credit."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.schema.contract import UNASSIGNED
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.wording import formats
from pages.controls.columns import number, score, short, text
from pages.controls.downloads import file_stem
from pages.controls.tables import note_cut, show_table
from pages.display.text import escape
from pages.explore.assets.asked import Asked, followed

SHOWN = 200

WITHOUT_ASSET = (UNASSIGNED, UNATTRIBUTED)


def show_followed(asked: Asked) -> None:
    """Who is credited with most, and a row per title; the whole of the period adds up."""
    found = followed(asked)
    titled = found.filter(~pl.col("content").is_in(WITHOUT_ASSET))
    whole, credited = (float(each["revenue_amount"].sum()) for each in (found, titled))
    if titled.filter((pl.col("mqls") > 0) | (pl.col("pipeline_amount") > 0)).is_empty():
        st.markdown("No touch with an asset came before what was reached in this period.")
    else:
        most = titled.row(0, named=True)
        revenue = (
            f"**{_money(credited, asked)}** of {_money(whole, asked)} won is credited to assets by "
            f"{escape(asked.label)}, most of it to {escape(most['content'])} "
            f"({_money(float(most['revenue_amount']), asked)} of "
            f"{formats.counted(most['won_deals'], 'won deal')})."
            if credited
            else "No revenue of the period is credited to an asset."
        )
        st.markdown(revenue)
    st.caption(
        "Credit is not causation: it says which touches were there. What an asset adds is under "
        f"Adds. “{UNASSIGNED}” are touches without an asset, “{UNATTRIBUTED}” is what had no touch."
    )
    columns = {
        "content": text("Asset", pinned=True, wide="medium"),
        "mqls": score("MQLs"),
        "pipeline_amount": short(f"Pipeline, {asked.currency}"),
        "revenue_amount": short(f"Revenue, {asked.currency}"),
        "won_deals": number("Won deals touched"),
        "unpriced_deals": number("Of these without an amount"),
    }
    show_table(
        found.select(list(columns)).head(SHOWN),
        alt=f"MQLs, pipeline and revenue credited to assets by {asked.label}",
        stem=file_stem(f"content_outcome_{asked.model}", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    if found.height > SHOWN:
        note_cut(SHOWN, found.height)


def _money(value: float, asked: Asked) -> str:
    return escape(formats.money(value, asked.currency))
