"""How long steps take, how old what is open is, how fast the pipeline pays, and what is stuck."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.scope import Scope, Stage
from metrics.velocity.open_ages import open_ages
from metrics.velocity.pipeline_velocity import pipeline_velocity
from metrics.velocity.stuck_records import stuck_records
from metrics.velocity.time_to_convert import time_to_convert
from metrics.wording import formats
from pages.controls.columns import day, number, percent, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure
from pages.controls.tables import note_cut, show_table_or
from pages.display.text import escape

SHOWN = 500

_STAGES = {stage.value: stage.label for stage in Stage}


def _staged(name: str) -> pl.Expr:
    return pl.col(name).replace_strict(_STAGES, return_dtype=pl.String)


def show_how_long(scope: Scope) -> None:
    """Days within which half and 90% of the eventual converters of each step have converted."""
    found = measure(time_to_convert, scope)
    columns = {
        "step": text("Step", pinned=True), "converted": number("Converted"),
        "days_half": number("Half within days"), "half": text("80% band"),
        "days_most": number("90% within days"), "most": text("80% band "),
        "rate_30": percent("In 30 days"), "rate_60": percent("In 60 days"),
        "rate_90": percent("In 90 days"), "final": percent("In the end"),
        "undated": number("Converted, day unknown"),
    }  # fmt: skip
    band = "{} to {}"
    shown = found.filter(pl.col("records") + pl.col("undated") > 0).with_columns(
        pl.format("{} → {}", _staged("from_stage"), _staged("to_stage")).alias("step"),
        *(
            pl.format(band, *(pl.col(f"days_{name}_{side}").round(0).cast(pl.Int64)
                              for side in ("low", "high"))).alias(name)
            for name in ("half", "most")
        ),
    )  # fmt: skip
    show_table_or(
        "Nobody reached a stage in the period.",
        shown.select(list(columns)),
        alt="Days that each step takes those who go on",
        stem=file_stem("time_to_convert", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "Days within which half and 90% of those who go on in the end have gone on; those still "
        "open count by what others of their age did. Shares are of everyone who came in."
    )


def show_open_ages(scope: Scope) -> None:
    """What is open by stage and age, and which share is older than most that went on."""
    found = measure(open_ages, scope)
    order = found["band"].unique(maintain_order=True).to_list()
    wide = (
        found.pivot("band", index=["stage", "of_stage", "days_most", "older_share"],
                    values="records")
        if len(found) else found
    )  # fmt: skip
    columns = {
        "stage": text("Stage", pinned=True), "of_stage": number("Open"),
        **{band: number(f"{band} days") for band in order},
        "days_most": number("90% went on within"), "older_share": percent("Older than that"),
    }  # fmt: skip
    show_table_or(
        "Nothing is open.",
        wide.with_columns(_staged("stage")).select(list(columns)) if len(found) else found,
        alt="What is open, by stage and days in it",
        stem=file_stem("open_ages", scope.period),
        columns=columns,
        everything=lambda: found,
    )
    st.caption(
        "Everything open on the last day loaded, in the latest stage it has reached. What is older "
        "than the age by which 90% of those who went on had hardly goes on any more."
    )


def show_velocity(scope: Scope) -> None:
    """The velocity with the mean of all exits, and the usual formula beside it."""
    row = measure(pipeline_velocity, scope).row(0, named=True)
    currency = definitions().base_currency
    if row["velocity_amount"] is None:
        st.info(
            "No deal opened in the period was closed, or none won has an amount: nothing tells "
            "how fast the pipeline pays.",
            icon=":material/info:",
        )
        return
    st.markdown(
        f"The open pipeline pays **{escape(formats.money(row['velocity_amount'], currency))} a "
        f"day**: {formats.counted(row['open_deals'], 'open deal')} × "
        f"{formats.share(row['win_rate'])} won in the end × "
        f"{escape(formats.money(row['average_amount'], currency))} ÷ "
        f"{row['mean_days']:,.1f} days in the pipeline on average."
    )
    if row["usual_velocity_amount"] is not None:
        st.caption(
            escape(
                f"The usual formula says {formats.money(row['usual_velocity_amount'], currency)}: "
                f"with {formats.share(row['usual_win_rate'])} of those closed so far, and the "
                f"median of those won, {row['usual_median_days']:,.1f} days. It overstates, "
                "because deals that are slow or lost hold the pipeline up as well."
            )
        )
    st.caption(
        f"The mean is that of all deals opened in the period, until they are won, lost or "
        f"{formats.count(row['horizon_days'])} days old."
    )


def show_stuck(scope: Scope) -> None:
    """Records open for longer than 95% of those who went on needed."""
    found = measure(stuck_records, scope)
    if len(found):
        st.markdown(f"**{formats.counted(len(found), 'record is', 'records are')}** stuck.")
    if len(found) > SHOWN:
        note_cut(SHOWN, len(found), first="longest")
    columns = {
        "account": text("Account", pinned=True), "record_id": text("Record"),
        "owner": text("Owner"), "stage": text("Stage"), "since_on": day("Since"),
        "days": number("Days"), "usual_days": number("95% within"),
        "why": text("Why", wide="large"),
    }  # fmt: skip
    show_table_or(
        "Nothing is open for longer than usual.",
        found.head(SHOWN).with_columns(_staged("stage")).select(list(columns)),
        alt="Records open for longer than 95% of those who went on",
        stem=file_stem("stuck_records", scope.period),
        columns=columns,
        everything=lambda: found,
    )
