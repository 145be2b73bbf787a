"""Fakes and dead contacts, by who entered them."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from metrics.chance import Verdict
from metrics.quality.fakes import ENTERED_BY, EVERYBODY, fake_leads
from metrics.quality.records import Behind
from metrics.reach.bad_contacts import bad_contacts
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_table
from pages.display.text import escape
from pages.explore.levels.records import choose_line, opens, show_bad, show_behind

BY = {each.capitalize(): each for each in ENTERED_BY}

_BROUGHT = {"source": "source", "file": "file", "campaign": "campaign", "seller": "owner"}
"""Who entered a lead, in the words of bad contacts."""

_FAKE, _DEAD = "quality_fake_leads", "quality_dead_leads"

LISTED = 200
"""So many lines are shown."""


def show_fakes(scope: Scope) -> None:
    """Who enters fakes, then who brings contacts whose mailbox or phone is dead."""
    found = measure(fake_leads, scope)
    if found.is_empty():
        st.info("No lead came in within this selection.")
        return
    st.markdown(_sentence(found.row(0, named=True), found))
    by = BY[choose_one("Entered by", BY, key="quality_entered_by", width=180)]
    st.markdown("**Fakes**")
    _show_fakes(scope, found, by)
    st.markdown("**Dead contacts**")
    _show_dead(scope, by)


def _sentence(whole: dict[str, Any], found: pl.DataFrame) -> str:
    """How many leads are fakes, and who enters more of them than the others by more than chance."""
    if not whole["fakes"]:
        return "No lead in this selection is a fake by the rules of the definitions."
    said = (
        f"**{formats.count(whole['fakes'])}** of {formats.counted(whole['leads'], 'lead')} are "
        f"fakes ({formats.share(whole['fake_rate'])})"
    )
    more = found.filter(
        pl.col("against_rest") == Verdict.MORE_THAN_CHANCE,
        pl.col("fake_rate") > whole["fake_rate"],
    ).sort("fake_rate", descending=True)
    named = [
        f"{row['entered_by']} {escape(row['value'])} ({formats.share(row['fake_rate'])})"
        for row in more.head(3).iter_rows(named=True)
    ]
    if not named:
        return f"{said}. Nobody enters more of them than the others by more than chance."
    return f"{said}, more than chance among those of {formats.listed(named)}."


def _show_fakes(scope: Scope, found: pl.DataFrame, by: str) -> None:
    everybody = found.filter(pl.col("entered_by") != EVERYBODY)
    rows = everybody.filter(pl.col("entered_by") == by, pl.col("fakes") > 0)
    if rows.is_empty():
        st.markdown(":material/check: No lead in this selection is a fake.")
        return
    columns = {
        "value": text(by.capitalize(), pinned=True), "leads": number("Leads"),
        "fakes": number("Fakes"), "fake_rate": percent("Share"), "fake_rate_low": percent("From"),
        "fake_rate_high": percent("To"), "against_rest": text("Against the rest"),
        "by_word": number("By a word"), "by_mailbox": number("By the mailbox"),
        "by_domain": number("By the domain"),
    }  # fmt: skip
    whole = found["fake_rate"][0]
    surely = pl.col("against_rest") == Verdict.MORE_THAN_CHANCE
    shown = rows.head(LISTED).with_columns(
        against_rest=pl.when(surely & (pl.col("fake_rate") > whole))
        .then(pl.lit("more, beyond chance"))
        .when(surely)
        .then(pl.lit("fewer, beyond chance"))
        .otherwise(pl.col("against_rest"))
    )
    lines = {name: Behind(ENTERED_BY[by], name, fakes=True) for name in shown["value"]}
    show_table(
        shown.select(list(columns)),
        alt=f"Fake leads by {by}",
        stem=file_stem("fake_leads", scope.period),
        columns=columns,
        everything=lambda: found,
        on_row=opens(list(lines), _FAKE),
    )
    if len(rows) > LISTED:
        note_cut(LISTED, len(rows))
    st.caption(
        "By the rules of the definitions (quality.fake): a word in the status or in the reason a "
        "lead left for, a throw-away mailbox, or one at a domain of nobody. A file is that of the "
        "first load that told of the lead."
    )
    show_behind(scope, lines, _FAKE)


def _show_dead(scope: Scope, by: str) -> None:
    brought = _BROUGHT[by]
    found = measure(bad_contacts, scope, definitions())
    rows = found.filter(pl.col("brought_by") == brought, pl.col("bad") > 0)
    if rows.is_empty():
        st.markdown(
            ":material/check: No lead in this selection has a mailbox or phone known to be bad."
        )
        return
    columns = {
        "value": text(by.capitalize(), pinned=True), "leads": number("Leads"),
        "judged": number("Judged"), "bad": number("Bad"), "unreachable": number("Unreachable"),
        "bad_rate": percent("Bad rate"), "bad_rate_low": percent("From"),
        "bad_rate_high": percent("To"),
    }  # fmt: skip
    shown = rows.head(LISTED)
    values = shown["value"].to_list()
    show_table(
        shown.select(list(columns)),
        alt=f"Leads with a bad mailbox or phone by {by}",
        stem=file_stem("bad_contacts", scope.period),
        columns=columns,
        everything=lambda: found,
        on_row=opens(values, _DEAD),
    )
    if len(rows) > LISTED:
        note_cut(LISTED, len(rows))
    st.caption(
        "Somebody is there, and an address of theirs is dead: a mail came back, a number was "
        "wrong. A throw-away mailbox is no use either, so that such a fake is in both tables. "
        "By form and month, and what they cost: the Reach page, under Bad contacts."
    )
    value = choose_line(values, _DEAD)
    if value is not None:
        total = int(shown.filter(pl.col("value") == value)["bad"].item())
        show_bad(scope, brought, value, total, _DEAD)
