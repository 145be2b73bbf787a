"""What loading a file would give: its rows beside what becomes of them, as it is or on trial."""

from __future__ import annotations

import polars as pl
import streamlit as st
from pydantic import JsonValue

from data.storage.store import Store
from data.storage.work_folders import WorkFolder
from data.terms.titles import column_title, table_title
from loaders.correcting.target_names import place_name
from loaders.language.library import Kept
from loaders.outcome import Preview, Reason, Remark, Said
from loaders.preview import preview
from metrics.wording import formats
from pages.display.text import escape
from pages.sources.loading.upload import Upload

ROWS = 50


def show_preview(shown: Preview) -> None:
    """The rows of the file on the left, the rows they become on the right."""
    encoding = f", encoding {shown.encoding}" if shown.encoding else ""
    tried = min(shown.rows, shown.rows_tried)
    counted = f"{formats.counted(shown.rows, 'row')}{encoding}."
    if tried:
        rejected = formats.count(shown.rows_rejected)
        counted += f" Of the first {formats.count(tried)}, {rejected} would be rejected."
    st.caption(escape(counted))
    for each in shown.taken_out:
        st.caption(escape(each.sentence))
    show_remarks(shown.remarks)
    if shown.message and not shown.questions:
        st.error(escape(shown.message), icon=":material/error:")
    source, result = st.columns(2)
    with source:
        st.markdown("**In the file**")
        _show_rows(shown.source_rows, "The first rows of the file; personal values are masked")
    with result:
        st.markdown("**What it becomes**")
        _show_results(shown)
    if shown.reasons:
        st.markdown("**Rows that would be rejected**")
        show_reasons(shown.reasons)
    with st.expander("Which column goes where", icon=":material/conversion_path:"):
        uses = [
            {"In the file": use.header, "Becomes": _places(use.feeds) or "not used"}
            for use in shown.columns
        ]
        st.dataframe(pl.DataFrame(uses), hide_index=True, alt="Columns and what they become")


def show_trial(upload: Upload, kept: Kept, said: Said, place: str, *, now: bool) -> None:
    """What the mapping makes of the file, if it was tried as it is now.

    With `now` it is tried. Raises SourceError when the file cannot be read with it.
    """
    key = f"{place}_trial"
    if now:
        with st.spinner("Trying the mapping on the file …"):
            st.session_state[key] = (kept.text, _tried(upload, kept, said))
    text, shown = st.session_state.get(key, ("", None))
    if shown is None or text != kept.text:
        return
    st.header("What it makes of the file", anchor=False)
    tried = max(shown.rows_tried, shown.rows_rejected)
    with st.grid(3, min_column_width=130):
        for label, rows in (
            ("Tried", tried),
            ("Would be kept", tried - shown.rows_rejected),
            ("Would be rejected", shown.rows_rejected),
        ):
            st.metric(label, formats.count(rows), border=True)
    show_preview(shown)


def show_remarks(remarks: tuple[Remark, ...]) -> None:
    """What there is to know of how the file was read; nothing where there is nothing."""
    if remarks:
        sentences = "".join(f"\n- {escape(each.sentence)}" for each in remarks)
        st.info(f"How the file was read:\n{sentences}", icon=":material/info:")


def show_reasons(reasons: tuple[Reason, ...]) -> None:
    """Why rows were refused, most frequent first, each with its first example."""
    st.dataframe(
        pl.DataFrame(
            [
                {
                    "Rows": reason.rows,
                    "Column": reason.column,
                    "Kind": reason.kind,
                    "Reason": reason.reason,
                    "First in line": reason.line,
                    "Value there": reason.value,
                }
                for reason in sorted(reasons, key=lambda each: -each.rows)
            ],
            infer_schema_length=None,
        ),
        hide_index=True,
        placeholder=formats.NOTHING,
        alt="Reasons for which rows are rejected",
    )


def _show_rows(rows: tuple[dict[str, JsonValue], ...], alt: str) -> None:
    if rows:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        st.dataframe(frame, hide_index=True, placeholder="", alt=alt)
    else:
        st.caption("No rows.")


def _show_results(shown: Preview) -> None:
    filled = {table: rows for table, rows in shown.result_rows.items() if rows}
    if not filled:
        st.caption(
            "Answer what is asked above first." if shown.questions else "Nothing could be read."
        )
        return
    tabs = st.tabs([table_title(table) for table in filled])
    for tab, (table, rows) in zip(tabs, filled.items(), strict=True):
        with tab:
            used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
            frame = pl.DataFrame(rows, infer_schema_length=None).select(
                pl.col(name).alias(column_title(table, name)) for name in used
            )
            st.dataframe(frame, hide_index=True, placeholder="", alt=table_title(table))


def _places(feeds: tuple[str, ...]) -> str:
    """The columns of the warehouse that a column of the file feeds, as people call them."""
    return ", ".join(place_name(*feed.split(".", 1)) for feed in feeds)


def _tried(upload: Upload, kept: Kept, said: Said) -> Preview:
    with WorkFolder(Store.from_environment().path) as folder:
        (folder.path / f"{kept.mapping.name}.toml").write_text(kept.text, encoding="utf-8")
        return preview(upload.path, kept.mapping.name, mappings=folder.path, rows=ROWS, said=said)
