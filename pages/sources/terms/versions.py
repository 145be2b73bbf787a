"""The versions of the definitions, the newest first, and what each changed."""

from __future__ import annotations

from itertools import pairwise

import polars as pl
import streamlit as st

from data.definition_changes.history import Standing, Told
from metrics.wording import formats
from pages.controls.columns import day, moment, number, text
from pages.controls.downloads import file_stem
from pages.controls.tables import show_table
from pages.display.text import bullets, escape

_ICONS = {
    Standing.IN_FORCE: ":material/check_circle:",
    Standing.PLANNED: ":material/schedule:",
    Standing.PAST: ":material/history:",
    Standing.REPLACED: ":material/block:",
}

_COLUMNS = {
    "version": number("Version", pinned=True), "since": day("In force from"),
    "saved_at": moment("Saved (UTC)"), "term": text("Term"), "before": text("Before"),
    "after": text("After"),
}  # fmt: skip


def show_history(told: tuple[Told, ...]) -> None:
    """Every version with its day, its standing and its changes; all changes as a table."""
    saved = len(told) - 1
    if not saved:
        st.markdown(
            "Nobody has saved definitions yet: the built-in ones have been in force from the start."
        )
        return
    st.markdown(
        f"{formats.counted(saved, 'version')} of the definitions, the newest first. Each holds for "
        "every month while it is in force, not for the months after its day."
    )
    for before, each in reversed(list(pairwise((None, *told)))):
        _show_version(each, before)
    rows = [
        (each.number, each.version.since, each.version.saved_at, c.key, c.before, c.after)
        for each in told
        for c in each.changes
        if each.version
    ]
    with st.container(border=True):
        st.header("All changes", anchor=False)
        show_table(
            pl.DataFrame(
                rows,
                schema={
                    "version": pl.Int64, "since": pl.Date, "saved_at": pl.Datetime(time_zone="UTC"),
                    "term": pl.String, "before": pl.String, "after": pl.String,
                },
                orient="row",
            ).with_columns(pl.col("saved_at").dt.replace_time_zone(None)),
            alt="Every change of every version of the definitions",
            stem=file_stem("definition_changes"),
            columns=_COLUMNS,
        )  # fmt: skip


def _show_version(each: Told | None, before: Told | None) -> None:
    if each is None:
        return
    with st.container(border=True, gap="small"):
        name = f"Version {each.number}" if each.version else "Built in"
        st.header(name, anchor=False)
        days = f" · from {each.version.since}" if each.version else ""
        saved = f" · saved at {each.version.saved_at:%Y-%m-%d %H:%M} UTC" if each.version else ""
        st.caption(f"{_ICONS[each.standing]} {escape(f'{each.standing}{days}{saved}')}")
        if each.problem:
            st.warning(
                f"This version of Backcast cannot read it: {escape(each.problem)}",
                icon=":material/warning:",
            )
        elif each.version and each.changes:
            st.markdown(bullets(each.changes))
        elif each.version and before:
            st.markdown("It says what the version before it says, perhaps in other words.")
        st.download_button(
            "Download the file",
            each.path.read_bytes,
            f"definitions_{each.number:04d}.toml",
            "application/toml",
            key=f"terms_file_{each.number}",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )
