"""The answer in one sentence with its numbers, and the tiles."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from data.terms.glossary import defined
from metrics.activity.pool import activity_pool
from metrics.period import in_words
from metrics.reach.contactable import contactable
from metrics.reach.frequency import contact_frequency
from metrics.reach.opted_out import suppressed
from metrics.reach.permission import ALL
from metrics.wording import formats
from pages.controls.captions import show_uncounted
from pages.controls.measure import definitions, measure
from pages.controls.tiles import Kind, Tile, show_tiles
from pages.display.text import escape
from pages.explore.audience.asked import Asked


def show_answer(asked: Asked) -> None:
    """How many may be contacted by the best way, how contacts were made, and who is active."""
    may = measure(contactable, asked.scope, definitions()).filter(pl.col("purpose") == ALL)
    out = measure(suppressed, asked.scope, definitions())
    often = measure(contact_frequency, asked.scope, definitions())
    pool = measure(activity_pool, asked.scope, definitions())
    if may.is_empty():
        st.markdown(f"No person of {escape(asked.name)} is on record.")
        _show_scope(asked)
        return
    best = (
        may.filter(pl.col("state") == "may")
        .sort("people", descending=True, maintain_order=True)
        .row(0, named=True)
    )
    contacts, breaches = int(out["contacts"].sum()), int(out["contacts_after"].sum())
    over = int(often.filter("is_over_cap")["people"].sum())
    people = formats.counted(best["of_people"], "person", "people")
    is_said = may.filter(pl.col("state") != "unknown")["people"].sum() > 0
    active = int(pool["active_end"][-1]) if len(pool) and pool["known"][-1] else None
    st.markdown(
        (
            f"**{formats.count(best['people'])}** of **{people}** may be contacted by "
            f"{escape(best['way'])}. "
            if is_said
            else f"No file says who of **{people}** may be contacted: load consents, or map that "
            "column. "
        )
        + _contacted(contacts, breaches, over)
        + (
            " No file says what people did themselves."
            if active is None
            else f" **{formats.counted(active, 'person', 'people')}** "
            f"{'is' if active == 1 else 'are'} active{_change(pool)}."
        )
    )
    _show_scope(asked)
    _show_tiles(asked, best if is_said else best | {"share": None}, often, out, active)


def _show_scope(asked: Asked) -> None:
    """The period, as far as it is observed, and whom the filters leave."""
    last = min(asked.scope.period.end, asked.scope.observed_until)
    said = f"Contacts and actions {asked.scope.period.describe()}, on record until {in_words(last)}"
    if asked.scope.filters:
        filters = "; ".join(each.describe() for each in asked.scope.filters)
        said += f". People with a lead of {filters}"
    st.caption(escape(f"{said}."))
    show_uncounted("contact", "touch")


def _contacted(contacts: int, breaches: int, over: int) -> str:
    if not contacts:
        return "No file says that anybody was contacted in the period."
    cap = definitions().reach.contact_cap
    were = "was" if contacts == 1 else "were"
    said = f"**{formats.counted(contacts, 'contact')}** {were} made in the period, "
    said += (
        f"**{formats.count(breaches)}** of them after the person had opted out"
        if breaches
        else "none of them after the person had opted out"
    )
    people = formats.counted(over, "person was", "people were") if over else "Nobody was"
    return (
        f"{said}. {people} contacted more often than {formats.counted(cap, 'time')} within 30 days."
    )


def _change(pool: pl.DataFrame) -> str:
    if pool.is_empty():
        return ""
    change = int(pool["inflow"].sum()) - int(pool["outflow"].sum())
    if not change:
        return ", as many as before the period"
    return (
        f", {formats.count(abs(change))} {'more' if change > 0 else 'fewer'} than before the period"
    )


def _show_tiles(
    asked: Asked,
    best: dict[str, Any],
    often: pl.DataFrame,
    out: pl.DataFrame,
    active: int | None,
) -> None:
    """Of what no file says the tile stays empty."""
    contacted = int(often["people"].sum())
    over = int(often.filter("is_over_cap")["people"].sum())
    tiles = [
        Tile("People", best["of_people"], "People with a record of their own."),
        Tile(
            f"Reachable by {best['way']}",
            best["share"],
            "Of these people: who has agreed to this way, for every purpose, and can be reached "
            "by it. The way that most may be contacted by.",
            Kind.SHARE,
        ),
        Tile(
            "Contacted too often",
            over / contacted if contacted else None,
            "Of people contacted in the period: who had more contacts within 30 days than the "
            "definitions allow.",
            Kind.SHARE,
        ),
        Tile(
            "After opting out",
            int(out["contacts_after"].sum()) if contacted else None,
            "Contacts with people who had withdrawn consent to the way by then.",
        ),
        Tile("Active", active, defined("Active")),
    ]
    show_tiles(tiles, asked.currency, None)
