"""Assets ranked within their band of exposure: how many met them, and who took them along."""

from __future__ import annotations

from functools import partial

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.content.performance import band_words
from metrics.wording import formats
from pages.charts.content.rates import rates_by_exposure, written_mark
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, score, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions
from pages.controls.tables import RowChoice, note_cut, show_chart, show_table
from pages.display.text import escape
from pages.explore.assets.asked import CHOSEN, Asked, labels

SHOWN = 100

_CHART, _ROWS = "content_rates", "content_rows"

ALL_BANDS = "All bands"


def show_ranked(assets: pl.DataFrame, asked: Asked) -> None:
    """The chart of all assets, and a row each of the chosen band."""
    terms = definitions().content
    mark = written_mark(terms.good_from)
    told = assets.drop_nulls(["download_rate", "chance_good"])
    if told.height > 1:
        show_chart(
            rates_by_exposure(told, terms.good_from, terms.exposure_bands),
            key=_CHART,
            alt="Share of the exposed people who downloaded each asset, by how many were exposed",
            on_click=partial(_take_mark, labels(assets)),
        )
        st.caption(
            escape(
                f"Dotted: {mark}, and the ends of the bands of exposure. “Above” and “below” are "
                "said with a probability of 95% or more. Choose a mark or a row to see the asset."
            )
        )
    bands = [each for each in reversed(band_words(terms.exposure_bands)) if _has(assets, each)]
    chosen = choose_one("People exposed", [ALL_BANDS, *bands], key="content_band", width=200)
    shown = assets if chosen == ALL_BANDS else assets.filter(exposure_band=chosen)
    _show_table(shown, asked, mark, labels(assets))
    reasons = [*dict.fromkeys(assets["unknown_because"].drop_nulls())]
    reasons += [*dict.fromkeys(assets["engaged_unknown_because"].drop_nulls())]
    for reason in reasons:
        of = assets.filter(
            (pl.col("unknown_because") == reason) | (pl.col("engaged_unknown_because") == reason)
        ).height
        whose = "" if of == assets.height else f" ({formats.counted(of, 'asset')})"
        st.caption(escape(f"A dash: {reason}{whose}."))


def _has(assets: pl.DataFrame, band: str) -> bool:
    return not assets.filter(exposure_band=band).is_empty()


def _show_table(assets: pl.DataFrame, asked: Asked, mark: str, named: dict[str, str]) -> None:
    columns = {
        "content": text("Asset", pinned=True, wide="medium"),
        "exposure_band": text("Exposed, band"),
        "rank_in_band": number("Rank in band", meaning="By probability, not by rate"),
        "exposed": number("Exposed", meaning=defined("Exposed")),
        "downloads": number("Downloads", meaning="People"),
        "download_rate": percent("Downloads ÷ exposed"),
        "chance_good": percent(f"P(rate > {mark})"),
        "effective": number("Effective", meaning=defined("Effective")),
        "effective_rate": percent("÷ downloads"),
        "effective_now": number("Effective today", meaning="By the newest rule"),
        "effective_now_rate": percent("÷ downloads, today"),
        "new_effective": number(
            "New effective", meaning="Effective, and the download was on their first day ever"
        ),
        "new_effective_rate": percent("New ÷ downloads"),
        "reactivated_effective": number(
            "Reactivated", meaning="Effective, and they had been dormant"
        ),
        "reactivated_effective_rate": percent("Reactivated ÷ downloads"),
        "engaged_minutes": score("Minutes engaged", meaning="Of the exposed people, together"),
        "engaged_minutes_median": score("Median per reader"),
        "engaged_readers": number("Readers timed", meaning="Readers of whom a time is on record"),
        "visitors": number("Visitors", meaning="Anonymous, in addition"),
        "kind": text("Kind"),
        "topic": text("Topic"),
        "intended_persona": text("Made for"),
    }
    shown_labels = [named[each] for each in assets["content_id"]]
    show_table(
        assets.select(list(columns)).head(SHOWN),
        alt="Assets by band of exposure, within one by the probability that the rate is good",
        stem=file_stem("content", asked.scope.period),
        columns=columns,
        everything=lambda: assets,
        on_row=RowChoice(_ROWS, partial(_take_row, shown_labels)),
    )
    if assets.height > SHOWN:
        note_cut(SHOWN, assets.height)


def _take_row(shown: list[str], place: int | None) -> None:
    st.session_state[CHOSEN] = None if place is None else shown[place]


def _take_mark(named: dict[str, str]) -> None:
    points = st.session_state[_CHART]["selection"]["points"]
    if points:
        taken = points[0]["customdata"]
        st.session_state[CHOSEN] = named[taken if isinstance(taken, str) else taken[0]]
