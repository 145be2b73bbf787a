"""What MQLs convert, by how soon they had a response, and what an early response adds."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.follow_up.conversion import follow_up_conversion, response_time_conversion
from metrics.follow_up.effect import Speed, response_effect
from metrics.follow_up.ripe import window_of
from metrics.scope import Scope, Stage
from metrics.wording import formats
from pages.charts.content.effects import effects
from pages.charts.quality.rates import rate_dots
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, score, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table, show_table_or
from pages.explore.answering.responses import chosen_by

_EVENTS = {"Opportunity": Stage.OPPORTUNITY, "SQL": Stage.SQL, "Won": Stage.WON}

CANNOT_SAY = (
    "Compared are MQLs of one band of score, level, channel and quarter: with a recorded response "
    "within the limit, and with a later one or none. The placebo is the same difference in how "
    "soon they became MQLs, which no response can have made. Sellers are not matched: where the "
    "quick ones also sell better, filter one owner. Only an experiment can rule out what is not "
    "recorded."
)

_EFFECTS = {
    "within": text("Response within", pinned=True),
    "verdict": text("Verdict"),
    "early": number("Early"),
    "early_rate": percent("Early, convert"),
    "others": number("Later or none"),
    "other_rate": percent("Later or none, convert"),
    "untold": number("Left out", meaning="Only the day is known, on which the limit lies"),
    "raw_difference": percent("Difference"),
    "matched_early": number("Matched early"),
    "matched_others": number("Matched others"),
    "adds": percent("Adds"),
    "adds_low": percent("95% low"),
    "adds_high": percent("95% high"),
    "placebo": percent("Placebo"),
    "placebo_low": percent("Placebo, low"),
    "placebo_high": percent("Placebo, high"),
    "exceeds_placebo": tick("Exceeds it", meaning="Adds exceeds the placebo by more than chance"),
    "reason": text("Because", wide="medium"),
}


def show_conversion(scope: Scope) -> None:
    """The effect of an early response, conversion by response time, and by segment."""
    event = _EVENTS[choose_one("Converts to", _EVENTS, key="follow_up_event", width=240)]
    bands = measure(response_time_conversion, scope, event)
    window = window_of(scope, event)
    if bands.is_empty():
        st.info(
            f"No MQL of the period has had its {formats.counted(window, 'day')} to become "
            f"{'won' if event is Stage.WON else event.word} yet: choose an earlier period.",
            icon=":material/info:",
        )
        return
    found = measure(response_effect, scope, event)
    st.markdown(_in_words(found))
    st.caption(CANNOT_SAY)
    drawn = found.drop_nulls(["adds", "adds_low", "adds_high"])
    if not drawn.is_empty():
        named = drawn.with_columns(
            pl.format("Within {}", "within").alias("content"),
            content_id="within",
            placebo_readers="matched_early",
        )
        show_chart(
            effects(named, before="how soon they were MQLs"),
            key="response_effect",
            alt="What a response within each limit adds to the chance to convert, with its placebo",
        )
    show_table(
        found.select(list(_EFFECTS)),
        alt="Early responses against others of their score",
        stem=file_stem("response_effect", scope.period),
        columns=_EFFECTS,
        everything=lambda: found,
    )
    _show_bands(bands, scope, window)
    by = chosen_by()
    segments = measure(follow_up_conversion, scope, by, event)
    show_table_or(
        "No MQL has had its days.",
        segments,
        alt=f"Conversion of MQLs by {by.label}",
        stem=file_stem(f"follow_up_conversion_{by.value}", scope.period),
        columns={
            "segment": text(by.label.capitalize(), pinned=True),
            "mqls": number("MQLs"), "converted": number("Converted"),
            "rate": percent("Convert"), "rate_low": percent("from"), "rate_high": percent("to"),
            "in_time": number("Response in time"), "in_time_rate": percent("In time, convert"),
            "in_time_low": percent("from"), "in_time_high": percent("to"),
            "other_rate": percent("Late or none, convert"), "other_low": percent("from"),
            "other_high": percent("to"),
        },
    )  # fmt: skip


def _show_bands(bands: pl.DataFrame, scope: Scope, window: int) -> None:
    show_chart(
        rate_dots(bands.with_columns(leads="mqls"), "band", title="Convert"),
        key="response_bands",
        alt="Share of MQLs that converts, by how soon they had a response",
    )
    show_table(
        bands,
        alt="Conversion by response time",
        stem=file_stem("response_time_conversion", scope.period),
        columns={
            "band": text("Response within", pinned=True), "mqls": number("MQLs"),
            "converted": number("Converted"), "rate": percent("Convert"),
            "rate_low": percent("from"), "rate_high": percent("to"),
            "hour_unknown": number("Hour unknown", meaning="Only the day is known"),
            "mean_score": score("Mean score"),
        },
    )  # fmt: skip
    st.caption(
        f"MQLs that have had {formats.counted(window, 'day')} since. Where good leads are called "
        "first, the mean score shows it: these rates are no effect of speed. Hours and days are "
        "working time; an SQL or exit without a recorded response is none."
    )


def _in_words(found: pl.DataFrame) -> str:
    """The verdict of the best limit in a sentence, with its interval."""
    more = found.filter(verdict=Speed.MORE.value).sort("adds", descending=True)
    if more.is_empty():
        said = "For no limit can it be said that a response within it adds to the chance to convert"
        unsure = found.filter(
            pl.col("verdict").is_in([Speed.CANNOT_BE_TOLD.value, Speed.MAY_BE_MORE.value])
        )
        if not unsure.is_empty():
            return f"{said}: {unsure['reason'][0]}."
        return f"{said}."
    row = more.row(0, named=True)
    return (
        f"A response within **{row['within']}** adds **{formats.points(row['adds'])}** to the "
        f"chance to convert (95% bounds {formats.points(row['adds_low'])} to "
        f"{formats.points(row['adds_high'])}), among MQLs of one score; without matching the "
        f"difference is {formats.points(row['raw_difference'])}."
    )
