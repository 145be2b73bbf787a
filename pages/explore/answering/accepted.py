"""MQLs that sales accepted or rejected, for which reasons and by source, and who they are."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from metrics.chance import Verdict
from metrics.follow_up.grouping import GroupBy
from metrics.follow_up.sales_answers import NO_ANSWER, sales_answers
from metrics.scope import Scope
from metrics.wording import formats
from pages.charts.segments import segment_heat
from pages.controls.address import choose_one
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import CellChoice, show_chart, show_rows, show_table
from pages.controls.width import in_narrow_window, in_wide_window
from pages.display.text import escape
from pages.explore.answering.behind import show_mqls, take_mqls
from pages.explore.answering.responses import chosen_by
from pages.segmenting.records import clicked

MOST_DOWN, MOST_ACROSS = 12, 10

RECORDS = "follow_up_answers"

_HEAT, _BELOW = "follow_up_answers_heat", "follow_up_answers_below"

_REJECTED = "Rejected: "

_SAID = {"accepted": "Accepted", NO_ANSWER: "No answer"}

_COLUMNS = {
    "said": text("Answer", wide="medium"),
    "leads": number("MQLs"), "answered": number("of answered"), "share": percent("Share"),
    "share_low": percent("from"), "share_high": percent("to"),
    "others": percent("All others"), "chance": text("More than chance?"),
    "handed_over": number("MQLs handed over"),
    "is_known": tick("Known", meaning="The definitions have this reason."),
}  # fmt: skip


def show_answers(scope: Scope) -> None:
    """Accepted, and rejected by reason, crossed with source; each number opens its MQLs."""
    by = chosen_by()
    found = measure(sales_answers, scope, by)
    if found.is_empty():
        st.info("No MQL was handed over in this selection.", icon=":material/info:")
        return
    rows = found.with_columns(said=answer_words())
    st.markdown(_in_words(rows))
    _show_crossed(rows, by)
    below_heat = st.container()
    title = by.label.capitalize()
    show_table(
        rows.select("segment", *_COLUMNS),
        alt=f"Answers of sales by {by.label}",
        stem=file_stem(f"sales_answers_{by.value}", scope.period),
        columns={"segment": text(title, pinned=True), **_COLUMNS},
        everything=lambda: found,
        on_cell=CellChoice(
            "follow_up_answer_rows",
            lambda row, _: _take(rows["segment"][row], rows["said"][row], below=True),
        ),
    )
    st.caption(
        "Shares are of the MQLs that sales accepted or rejected, by their last answer, with bounds "
        "of 95%. “More than chance” is against all others and corrected for all rows."
    )
    with st.container() if st.session_state.get(_BELOW) else below_heat:
        whose = rows["segment"].unique(maintain_order=True).to_list()
        show_mqls(scope, by, whose, answers_counted(rows), key=RECORDS)


def answer_words() -> pl.Expr:
    """The answer in words: of a rejection its reason, quoted where the definitions lack it."""
    reason = pl.when("is_known").then("reason").otherwise(pl.format("“{}”", "reason"))
    return (
        pl.when(pl.col("answer") == "rejected")
        .then(pl.format(f"{_REJECTED}{{}}", reason))
        .otherwise(pl.col("answer").replace(_SAID))
    )


def _in_words(rows: pl.DataFrame) -> str:
    """How many were accepted and rejected, mostly why, and which source stands out."""
    counts = {name: int(many) for name, many in rows.group_by("answer").agg(
        pl.col("leads").sum()).iter_rows()}  # fmt: skip
    accepted, rejected = counts.get("accepted", 0), counts.get("rejected", 0)
    if not accepted + rejected:
        return "Sales accepted or rejected none of these MQLs, as far as files tell."
    answered = accepted + rejected
    said = (
        f"Of **{formats.counted(answered, 'MQL')}** that sales answered, "
        f"**{formats.count(accepted)}** ({formats.share(accepted / answered)}) were accepted and "
        f"**{formats.count(rejected)}** rejected"
    )
    why = rows.filter(answer="rejected").group_by("reason").agg(pl.col("leads").sum())
    if rejected:
        reason, leads = why.sort("leads", "reason", descending=[True, False]).row(0)
        said += f", most for {escape(reason)} ({formats.count(leads)})"
    left = counts.get(NO_ANSWER, 0)
    return (
        f"{said}; {formats.count(left)} {'has' if left == 1 else 'have'} no answer.{_outlier(rows)}"
    )


def _outlier(rows: pl.DataFrame) -> str:
    """The reason that one source has more often than all others by more than chance."""
    more = rows.filter(
        pl.col("answer") == "rejected",
        pl.col("chance") == Verdict.MORE_THAN_CHANCE.value,
        pl.col("share") > pl.col("others"),
    ).sort(pl.col("share") - pl.col("others"), descending=True)
    if more.is_empty():
        return ""
    row = more.row(0, named=True)
    return (
        f" **{escape(row['reason'])}** stands out with **{escape(row['segment'])}**: "
        f"{formats.share(row['share'])}, with all others {formats.share(row['others'])}."
    )


def _show_crossed(rows: pl.DataFrame, by: GroupBy) -> None:
    """Answers down, sources across, as shares of what was answered; one source in a list."""
    told = rows.filter(pl.col("answer") != NO_ANSWER)
    if told.is_empty():
        return
    sizes = told.group_by("segment").agg(pl.col("answered").first())
    across = _largest(sizes, "segment", "answered", MOST_ACROSS)
    reasons = told.filter(answer="rejected").group_by("said").agg(pl.col("leads").sum())
    down = ["Accepted", *_largest(reasons, "said", "leads", MOST_DOWN - 1)]
    kept = sizes.join(pl.DataFrame({"said": down}), how="cross").join(
        told.select("segment", "said", "leads"), on=["segment", "said"], how="left"
    )
    shares = kept.with_columns(
        pl.col("leads").fill_null(0), records=pl.col("answered")
    ).with_columns(
        value=pl.col("leads") / pl.col("answered"), why=pl.col("said").str.strip_prefix(_REJECTED)
    )
    whys = [each.removeprefix(_REJECTED) for each in down]
    known = set(told.select("segment", "said").rows())

    def take_point() -> None:
        if point := clicked(_HEAT):
            first, second = map(int, point["customdata"])
            if (across[second], down[first]) in known:
                _take(across[second], down[first], below=False)

    with in_wide_window(_HEAT):
        show_chart(
            segment_heat(
                shares, (whys, across), ("why", "segment"), formats.share, is_rate=True
            ),
            key=_HEAT,
            alt=f"Share of answered MQLs by answer, reason and {by.label}",
            on_click=take_point,
        )  # fmt: skip
    with in_narrow_window(_HEAT):
        _show_list(shares, down, across, by)
    hidden = len(told) - len(
        told.filter(pl.col("segment").is_in(across), pl.col("said").is_in(down))
    )
    if hidden:
        st.caption(f"{formats.counted(hidden, 'number is', 'numbers are')} in the table alone.")


def _largest(rows: pl.DataFrame, name: str, size: str, most: int) -> list[str]:
    found: list[str] = rows.sort(size, name, descending=[True, False])[name].head(most).to_list()
    return found


def _show_list(
    shares: pl.DataFrame, down: Sequence[str], across: Sequence[str], by: GroupBy
) -> None:
    """The answers of one source at a time."""
    title = by.label.capitalize()
    chosen = choose_one(title, across, key="follow_up_answers_of")
    places = {name: place for place, name in enumerate(down)}
    rows = shares.filter(pl.col("segment") == chosen).sort(
        pl.col("said").replace_strict(places, return_dtype=pl.Int64)
    )
    names = rows["said"].to_list()
    show_rows(
        rows.select("said", "value", "leads"),
        alt=f"Answers of sales to {escape(chosen)}",
        columns={"said": text("Answer", pinned=True), "value": percent("Share"),
                 "leads": number("MQLs")},
        on_cell=CellChoice(
            "follow_up_answer_list",
            lambda row, _: _take(chosen, names[row], below=False),
        ),
    )  # fmt: skip


def _take(segment: str, said: str, *, below: bool) -> None:
    """Open the MQLs of a number under what was clicked; for the callback of a click."""
    take_mqls(segment, said, key=RECORDS)
    st.session_state[_BELOW] = below


def answers_counted(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """Which MQLs each answer counts, the answers with the most first."""
    sizes = rows.group_by("said", "answer", "reason", "is_known").agg(pl.col("leads").sum())
    return {
        row["said"]: (pl.col("answer") == row["answer"])
        & pl.col("answer_reason").eq_missing(row["reason"])
        & (pl.col("answer_is_known") == row["is_known"])
        for row in sizes.sort("leads", "said", descending=[True, False]).iter_rows(named=True)
    }
