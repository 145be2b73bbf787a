"""How contacts fared: by which way next, when, and how far mailings get."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.reach.mail_funnel import mail_funnel
from metrics.reach.responses import WEEKDAYS, best_times, next_channel
from metrics.wording import formats
from pages.charts.reach import times_heat
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import show_chart, show_table, show_table_or
from pages.controls.width import in_wide_window
from pages.display.text import escape, spoken
from pages.explore.audience.asked import Asked

_TOO_FEW = "Fewer than 20 contacts: nothing is claimed of it"


def show_next(asked: Asked) -> None:
    """The best way after each way, with how sure that is."""
    found = measure(next_channel, asked.scope, definitions())
    for row in found.filter("is_best").rows(named=True):
        before = (
            "Who was not contacted before"
            if row["last_way"] == "none"
            else f"After {escape(row['last_way'])}, people"
        )
        st.markdown(
            f"{before} answered most by **{escape(row['way'])}**: "
            f"{escape(formats.share(row['expected_rate']))} of "
            f"{formats.counted(row['contacts'], 'contact')}."
        )
    st.caption(
        "Rates of few contacts are drawn towards the others. Somebody chose whom to call and whom "
        "to write to: it says what went well, not what a change would do."
    )
    columns = {
        "last_way": text("Contacted before by", pinned=True), "way": text("Then by"),
        "contacts": number("Contacts"), "answered": number("Answered"),
        "response_rate": percent("Rate"), "expected_rate": percent("Expected"),
        "expected_low": percent("95% low"), "expected_high": percent("95% high"),
        "chance_best": percent("Chance to be best"),
        "is_too_few": tick("Too few", meaning=_TOO_FEW),
    }  # fmt: skip
    show_table_or(
        "No contact of the period is old enough to tell.",
        found.select(list(columns)),
        alt="Rate of answers by way, after each way",
        stem=file_stem("next_channel", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )


def show_times(asked: Asked) -> None:
    """Rates of answers by weekday and hour, for one way."""
    found = measure(best_times, asked.scope, definitions())
    if found.is_empty():
        st.info("No contact of the period is old enough to tell.", icon=":material/info:")
        return
    sizes = found.group_by("way").agg(pl.col("contacts").sum()).sort("contacts", descending=True)
    way = choose_one("Way", sizes["way"].to_list(), key="reach_way", width=240)
    shown = found.filter(pl.col("way") == way)
    for row in shown.filter("is_best").rows(named=True):
        st.markdown(
            f"By {escape(way)}, contacts on **{row['weekday']}** from **{row['hour']}:00** were "
            f"answered most: {escape(formats.share(row['expected_rate']))} expected, of "
            f"{formats.counted(row['contacts'], 'contact')}."
        )
    alt = f"Share of contacts by {spoken(way)} answered, by weekday and hour"
    with in_wide_window("reach_times"):
        show_chart(times_heat(shown), key="reach_times", alt=alt)
        st.caption("Without a shade: under 20 contacts, too few to compare.")
    st.caption(
        f"Hours of {escape(definitions().time_zone)}. Contacts are made when somebody chose to: it "
        "says what went well."
    )
    columns = {
        "weekday": text("Weekday", pinned=True), "hour": number("From, o'clock"),
        "contacts": number("Contacts"), "answered": number("Answered"),
        "response_rate": percent("Rate"), "expected_rate": percent("Expected"),
        "is_too_few": tick("Too few", meaning=_TOO_FEW),
    }  # fmt: skip
    in_order = shown.sort("is_too_few", -pl.col("expected_rate"), maintain_order=True)
    show_table(
        in_order.select(list(columns)),
        alt=f"Weekdays and hours by rate of answers, by {spoken(way)}",
        stem=file_stem("best_times", asked.scope.period),
        columns=columns,
        everything=lambda: found.sort(
            "way", pl.col("weekday").cast(pl.Enum(WEEKDAYS)), "hour", maintain_order=True
        ),
    )


def show_mail(asked: Asked) -> None:
    """The steps of mailings."""
    found = measure(mail_funnel, asked.scope, definitions())
    if not found["mails"][0]:
        st.info("No mail was sent in the period, as far as files tell.", icon=":material/info:")
        return
    columns = {
        "step": text("Step", pinned=True), "mails": number("Mails"), "people": number("People"),
        "rate_previous": percent("Of the step before"), "rate_first": percent("Of those sent"),
        "rate_first_low": percent("95% low"), "rate_first_high": percent("95% high"),
    }  # fmt: skip
    show_table(
        found.select(list(columns)),
        alt="Mails by step, from sent to lead",
        stem=file_stem("mail_funnel", asked.scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "One mail is one campaign at one person. Programs that look at mails before people do open "
        "and click too, so that openings are a ceiling. A dash: no file tells of the step."
    )
