"""The part of the Funnel page about transitions: what was skipped, who went back or came back."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import polars as pl
import streamlit as st

from data.schema.contract import STAGES
from metrics.funnel.ages import Way
from metrics.funnel.conversion import stage_conversion
from metrics.funnel.transitions import DETOURS, Move, stage_detours, stage_transitions
from metrics.scope import Basis, Scope, Stage, Unit
from metrics.wording import formats
from pages.charts.transitions import MIN_LEFT, NAMES, SIGNS, into_stages, out_of_funnel
from pages.controls.columns import number, percent, text
from pages.controls.downloads import file_stem, offer_downloads
from pages.controls.measure import measure
from pages.controls.tables import show_chart, show_table_or

_COLUMNS = {
    "move": text("What"), "from_stage": text("From"), "to_stage": text("To"),
    "passed_over": text("Passed over"), "transitions": number("Times"),
    "subjects": number("Leads"), "share": percent("Of all that left it"),
    "share_low": percent("95% low"), "share_high": percent("95% high"),
}  # fmt: skip

_DID = {
    Move.SKIP: "skipped a stage",
    Move.REGRESSION: "went back to an earlier stage",
    Move.RE_ENTRY: "re-entered the funnel",
    Move.LATE_ENTRY: "entered a stage late",
}

_MEANING = {
    Move.SKIP: "skip, past the stages between",
    Move.REGRESSION: "regression, back to a stage it had been in",
    Move.LATE_ENTRY: "late entry, into an earlier stage it had not been in, as of a lead that "
    "joins an open deal before it qualifies",
    Move.RE_ENTRY: "re-entry, after won or a way out",
}


def show_transitions(scope: Scope, _: Way) -> None:
    """The sentence, the matrix, what is off the straight way by name, and the way as a whole.

    It is about every stage, whatever step is chosen.
    """
    if scope.unit is Unit.DEAL:
        st.info(
            "Transitions are those of leads and accounts: a deal is opened and closed, and has no "
            "stage to skip or to go back to. Count leads or accounts in the sidebar.",
            icon=":material/info:",
        )
        return
    found = measure(stage_transitions, scope)
    if found.is_empty():
        st.info(
            "Nobody entered the funnel in this period. Choose another period or filter.",
            icon=":material/info:",
        )
        return
    st.markdown(_sentence(measure(stage_detours, scope), scope.unit))
    if untold := _untold(found):
        st.info(
            f"Nobody's entry into {' or '.join(untold)} is recorded here. Whether they were "
            "skipped or are not told, the data does not say.",
            icon=":material/help:",
        )
    with st.grid(2, min_column_width=300):
        for matrix, key, what in (
            (into_stages(found), "funnel_into", "into the stages"),
            (out_of_funnel(found), "funnel_out", "out of the funnel, and how many are still there"),
        ):
            show_chart(matrix, key=key, alt=f"Transitions from each stage {what}")
    signs = "; ".join(f"{SIGNS[move]} {meaning}" for move, meaning in _MEANING.items())
    of_accounts = ": of each lead of the accounts" if scope.unit is Unit.ACCOUNT else ""
    st.caption(
        "Rows are what was left, columns what was entered, percentages of all that left the row. "
        "All entries recorded until the last day observed, of whole leads, whatever step is chosen "
        f"above{of_accounts}. {signs}. Rows of under {MIN_LEFT} transitions are not shaded."
    )
    offer_downloads(lambda: found, file_stem("stage_transitions", scope.period))
    _show_named(found, scope)
    _show_whole_way(scope)


def _sentence(detours: pl.DataFrame, unit: Unit) -> str:
    """How many did what, of all, and about which stages."""
    had = "had a lead that " if unit is Unit.ACCOUNT else ""
    parts = []
    for move, what in _DID.items():
        kind = detours.filter(move=move.value)
        subjects = kind.filter(pl.col("stage").is_null())["subjects"].item()
        if not subjects:
            parts.append(f"none {had}{what}")
            continue
        stages = ", ".join(
            f"{NAMES[stage]} {formats.count(those)}"
            for stage, those in kind.drop_nulls("stage").select("stage", "subjects").iter_rows()
        )
        parts.append(f"**{formats.count(subjects)}** {had}{what} ({stages})")
    whole = formats.counted(detours["whole"][0], unit.value)
    return f"Of {whole}, {', '.join(parts[:-1])} and {parts[-1]}."


def _untold(found: pl.DataFrame) -> list[str]:
    """The stages that somebody passed over and nobody entered."""
    passed = {each for skipped in found["passed_over"] for each in skipped.split(", ")}
    entered = set(found["to_stage"])
    return [NAMES[stage] for stage in STAGES if stage in passed - entered]


def _show_named(found: pl.DataFrame, scope: Scope) -> None:
    """The transitions off the straight way, one by one."""
    kinds = {each.value: each.capitalize() for each in DETOURS}
    named = found.filter(pl.col("move").is_in(list(kinds))).with_columns(
        pl.col("from_stage", "to_stage").replace_strict(NAMES, default=None),
        pl.col("move").replace_strict(kinds),
        pl.col("passed_over").str.replace_many({each: NAMES[each] for each in STAGES}),
    )
    columns = _COLUMNS | {"subjects": number(f"{scope.unit.value.capitalize()}s")}
    st.subheader("Skips, regressions and re-entries", anchor=False)
    show_table_or(
        "Nobody skipped a stage, went back or came back.",
        named.select(list(columns)).sort("transitions", descending=True),
        alt="Skips, regressions, late entries and re-entries by stage",
        stem=file_stem("skips_and_returns", scope.period),
        columns=columns,
    )


def _show_whole_way(scope: Scope) -> None:
    """The rates of the steps multiplied, only beside the rate of those who went the whole way."""
    conversion = measure(stage_conversion, replace(scope, basis=Basis.COHORT))
    steps = conversion["rate_previous"].to_list()[1:]
    *_, won = conversion.iter_rows(named=True)
    first = Stage(conversion["stage"][0])
    st.subheader(f"From {first.label} to {Stage.WON.label}", anchor=False)
    direct = (
        f"**{formats.share(won['rate_first'])}** of the {scope.unit.value}s of the period were won "
        f"so far ({formats.count(won['reached'])} of {formats.count(conversion['reached'][0])})."
    )
    if any(each is None for each in steps):
        st.markdown(f"{direct} A step that nobody began has no rate, so nothing is multiplied.")
        return
    st.markdown(f"{direct} The rates of the steps, multiplied, say {formats.share(prod(steps))}.")
    st.caption(
        "The first is what happened. The second multiplies rates of different cohorts: each step's "
        "is of everyone who reached its first stage in the period, whenever they came in. The two "
        "differ most while the leads of the period are young: those in its later steps have had "
        "more time."
    )
