"""One asset: what it is, how it was sent, who met it, and what came back."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from data.errors import MetricError
from metrics.content.decay import content_weeks
from metrics.content.reached import content_touchpoints
from metrics.wording import formats
from pages.charts.content.rates import weekly_people, written_mark
from pages.controls.columns import day, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table
from pages.display.text import bullets, escape
from pages.explore.assets.adds import CANNOT_SAY, difference
from pages.explore.assets.asked import (
    CHOSEN,
    Asked,
    added,
    coverage,
    decay,
    followed,
    labels,
    personas,
)
from pages.explore.assets.changed import changed_people, show_people
from pages.explore.assets.gaps import STAGES
from pages.explore.assets.reached import PERSONA, RATES

Row = dict[str, Any]

_TOUCHPOINT = {
    "channel": text("Channel", pinned=True),
    "campaign": text("Campaign", wide="medium"),
    **RATES,
    "first_on": day("From"),
    "last_on": day("To"),
}


def show_one(assets: pl.DataFrame, asked: Asked) -> None:
    """The asset that is chosen here, by a row or by a mark; the address keeps it."""
    ids = {label: content_id for content_id, label in labels(assets).items()}
    chosen = st.selectbox(
        "Asset",
        list(ids),
        index=None,
        key=CHOSEN,
        bind="query-params",
        persist_state="session",
        placeholder="Choose one here, a row or a mark above",
        width=480,
    )
    if chosen is None:
        return
    row = assets.row(by_predicate=pl.col("content_id") == ids[chosen], named=True)
    st.markdown(_what_it_is(row))
    if not row["exposed"] and not row["visitors"]:
        st.info("Nobody met it in this period. Choose another one in the sidebar.")
        return
    st.markdown(bullets(filter(None, (_met(row), _taken(row), _effective(row), _time(row)))))
    _show_shape(row, asked)
    st.subheader("How it reached people", anchor=False)
    touchpoints = measure(content_touchpoints, asked.scope)
    _show_rows(touchpoints, _TOUCHPOINT, row, "touchpoints", asked)
    st.subheader("Who met it", anchor=False)
    _show_rows(personas(asked.scope), PERSONA, row, "personas", asked)
    st.subheader("New people, week by week", anchor=False)
    _show_weeks(row, asked)
    _show_dropped(row, asked)
    st.subheader("What followed, and what it adds", anchor=False)
    st.markdown(escape(_credit(row, asked)))
    _show_effect(row, asked)


def _what_it_is(row: Row) -> str:
    known = {
        "Kind": row["kind"],
        "Topic": row["topic"],
        "Made for": row["intended_persona"],
        "Published": _day(row["published_on"]),
    }
    said = " · ".join(f"{name}: {escape(value)}" for name, value in known.items() if value)
    return f"**{escape(row['content'])}**" + (
        f"  \n{said}" if said else "  \nNo list says what kind it is, of which topic, or for whom."
    )


def _day(value: date | None) -> str | None:
    return None if value is None else f"{value:%d %b %Y}"


def _met(row: Row) -> str:
    visitors = f", and {formats.counted(row['visitors'], 'visitor')}" if row["visitors"] else ""
    readers = f"; {formats.count(row['readers'])} read it" if row["readers"] is not None else ""
    met = formats.counted(row["exposed"], "person was", "people were")
    return f"{met} exposed{visitors}{readers}."


def _taken(row: Row) -> str:
    if row["download_rate"] is None or row["chance_good"] is None:
        return ""
    mark = written_mark(definitions().content.good_from)
    return (
        f"{formats.count(row['downloads'])} downloaded it, {formats.share(row['download_rate'])} "
        f"(95% bounds {formats.share(row['download_rate_low'])} to "
        f"{formats.share(row['download_rate_high'])}). P(rate > {mark}) is "
        f"{formats.chance(row['chance_good'])}: rank {row['rank_in_band']} of the assets that "
        f"{row['exposure_band']} people met."
    )


def _effective(row: Row) -> str:
    if row["effective"] is None:
        return f"Who is effective is not known: {row['unknown_because']}."
    now = "" if row["effective_now"] is None else f", {row['effective_now']} by today's"
    return (
        f"{row['effective']} of the downloads are of effective people by the rule of the day"
        f"{now}; {row['new_effective']} of these are new, {row['reactivated_effective']} "
        "reactivated."
    )


def _time(row: Row) -> str:
    if row["engaged_minutes"] is None:
        return f"How long people were at it is not known: {row['engaged_unknown_because']}."
    half = (
        ""
        if row["engaged_minutes_median"] is None
        else f"; half of the {formats.counted(row['engaged_readers'], 'reader')} of whom it is "
        f"known for at most {row['engaged_minutes_median']:.1f}"
    )
    return f"People were at it for {formats.count(row['engaged_minutes'])} minutes{half}."


def _credit(row: Row, asked: Asked) -> str:
    try:
        found = followed(asked).filter(content=row["content"])
    except MetricError as unanswered:
        return str(unanswered)
    if found.is_empty():
        return f"By {asked.label}, no MQL, pipeline or revenue of the period is credited to it."
    credit = found.row(0, named=True)
    return (
        f"By {asked.label}, it is credited with {float(credit['mqls']):.1f} MQLs, "
        f"{formats.money(credit['pipeline_amount'], asked.currency)} of pipeline and "
        f"{formats.money(credit['revenue_amount'], asked.currency)} of revenue, from "
        f"{formats.counted(credit['won_deals'], 'won deal')} that it touched."
    )


def _show_shape(row: Row, asked: Asked) -> None:
    """The coverage of the persona that it was made for: where an asset for them is missing."""
    cells = coverage(asked.scope).filter(
        pl.col("persona").str.to_lowercase() == (row["intended_persona"] or "").lower()
    )
    if cells.is_empty():
        return
    if not cells["present"].sum() and not cells["exposed"].sum():
        st.caption(escape(f"Nobody loaded is of the persona {row['intended_persona']}."))
        return
    st.subheader("Whom it was made for, and what they meet", anchor=False)
    columns = {
        "stage": text("Stage", pinned=True),
        "present": number("Were there"),
        "exposed": number("Met any content"),
        "assets": number("Assets met"),
        "largest_asset": text("Most met", wide="medium"),
        "largest_exposed": number("By"),
    }
    show_table(
        cells.select(list(columns)).with_columns(pl.col("stage").replace_strict(STAGES)),
        alt=f"Content met by {row['intended_persona']}, by stage",
        stem=file_stem("asset_intended_persona", asked.scope.period),
        columns=columns,
    )


def _show_rows(
    found: pl.DataFrame, columns: dict[str, Any], row: Row, name: str, asked: Asked
) -> None:
    mine = found.filter(content_id=row["content_id"])
    without = {"content", "intended_persona"}
    shown = {each: column for each, column in columns.items() if each not in without}
    if mine.is_empty():
        st.caption("Only visitors met it.")
        return
    show_table(
        mine.select(list(shown)),
        alt=f"{name.capitalize()} of {row['content']}",
        stem=file_stem(f"asset_{name}", asked.scope.period),
        columns=shown,
    )


def _show_weeks(row: Row, asked: Asked) -> None:
    weeks = measure(content_weeks, asked.scope).filter(content_id=row["content_id"])
    told = decay(asked.scope).filter(content_id=row["content_id"])
    if weeks.is_empty() or told.is_empty():
        st.caption("No whole week has passed since a known person first met it.")
        return
    show_chart(
        weekly_people(weeks), key="content_weeks", alt=f"New people a week of {row['content']}"
    )
    half = told.row(0, named=True)
    if half["half_life_weeks"] is None:
        st.caption(escape(f"No half-life is told: {half['reason']}."))
        return
    high = half["half_life_high"]
    until = "without an upper bound" if high is None else f"to {high:.1f}"
    st.caption(
        f"Half as many new people after {half['half_life_weeks']:.1f} weeks (95% bounds "
        f"{half['half_life_low']:.1f} {until})."
    )


def _show_dropped(row: Row, asked: Asked) -> None:
    if not definitions().effective:
        return
    people = changed_people(asked).filter(content_id=row["content_id"])
    if not people.is_empty():
        st.subheader("Who dropped out by today's rule, and who came in", anchor=False)
        show_people(people, asked, place="one")


def _show_effect(row: Row, asked: Asked) -> None:
    found = added(asked).filter(content_id=row["content_id"])
    if found.is_empty():
        st.caption("Nobody first read it in this period.")
        return
    effect = found.row(0, named=True)
    known = f": {difference(effect)}" if effect["adds_low"] is not None else ""
    reason = f" ({effect['reason']})" if effect["reason"] else ""
    st.markdown(
        f"To the chance of {asked.outcome}: **{effect['verdict']}**{known}{escape(reason)}."
    )
    st.caption(CANNOT_SAY)
