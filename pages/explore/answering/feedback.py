"""Reasons that sales gave for leads, what is to follow, and what became of the leads."""

from __future__ import annotations

import polars as pl
import streamlit as st

from metrics.follow_up.feedback import feedback_reasons, feedback_reasons_by
from metrics.scope import Scope
from metrics.wording import formats
from pages.controls.columns import number, percent, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import measure
from pages.controls.tables import CellChoice, show_table
from pages.explore.answering.behind import EVERYBODY, show_mqls, take_mqls
from pages.explore.answering.responses import chosen_by


def show_feedback(scope: Scope) -> None:
    """Each reason with its leads, those to come back, and those that qualified again."""
    rows = measure(feedback_reasons, scope)
    unknown = rows.filter(~pl.col("is_known"))
    if len(unknown):
        st.warning(
            f"{formats.counted(len(unknown), 'reason is', 'reasons are')} in no spelling of the "
            f"definitions, of {formats.counted(int(unknown['leads'].sum()), 'lead')}: nothing "
            "follows from them. Add their spellings under `[[follow_up.reason]]`.",
            icon=":material/translate:",
        )
    if rows.is_empty():
        st.markdown(":material/check: No file gives a reason of sales for these leads.")
        return
    said = _said(rows)
    show_table(
        rows,
        alt="Reasons of sales and what became of the leads",
        stem=file_stem("feedback_reasons", scope.period),
        columns={"reason": text("Reason", pinned=True), **_COLUMNS},
        on_cell=CellChoice(
            "feedback_cells", lambda row, _: take_mqls(EVERYBODY, said[row], key=_RECORDS)
        ),
    )
    show_mqls(scope, None, [EVERYBODY], reasons_counted(rows), key=_RECORDS)
    _show_by_segment(scope, rows)


def _said(rows: pl.DataFrame) -> list[str]:
    """Reasons in words, quoted where the definitions do not have them."""
    return [
        reason if known else f"“{reason}”"
        for reason, known in rows.select("reason", "is_known").iter_rows()
    ]


def reasons_counted(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """Which MQLs each reason counts."""
    keys = zip(_said(rows), rows.select("reason", "is_known").iter_rows(), strict=True)
    return {
        said: (pl.col("reason") == reason) & (pl.col("reason_is_known") == known)
        for said, (reason, known) in keys
    }


def _show_by_segment(scope: Scope, reasons: pl.DataFrame) -> None:
    """The same by owner, team, region or source: whose leads get which reason."""
    st.subheader("Whose leads get which reason", anchor=False)
    by = chosen_by()
    rows = measure(feedback_reasons_by, scope, by)
    said = _said(rows)
    show_table(
        rows,
        alt=f"Reasons of sales by {by.label}",
        stem=file_stem(f"feedback_reasons_{by.value}", scope.period),
        columns={
            by.value: text(by.label.capitalize(), pinned=True),
            "reason": text("Reason"),
            **_COLUMNS,
        },
        on_cell=CellChoice(
            "feedback_segment_cells",
            lambda row, _: take_mqls(rows[by.value][row], said[row], key=_SEGMENT_RECORDS),
        ),
    )
    st.caption(
        "Share is of all MQLs of the segment that were handed over, with bounds of 95%. A segment "
        "of whose leads none has a reason is not listed."
    )
    whose = rows[by.value].unique(maintain_order=True).to_list()
    show_mqls(scope, by, whose, reasons_counted(reasons), key=_SEGMENT_RECORDS)


_RECORDS, _SEGMENT_RECORDS = "feedback_mqls", "feedback_segment_mqls"


_COLUMNS = {
    "kind": text("Kind"),
    "is_known": tick("Known", meaning="The definitions have this spelling."),
    "next_action": text("Next action"),
    "leads": number("Leads"),
    "handed_over": number("of MQLs"),
    "share": percent("Share"),
    "share_low": percent("from"),
    "share_high": percent("to"),
    "to_come_back": number("To come back"),
    "due": number("Due by now"),
    "qualified_again": number("Qualified again"),
    "won_again": number("Won"),
    "again_rate": percent("Qualified again, share"),
    "again_low": percent("from"),
    "again_high": percent("to"),
}
