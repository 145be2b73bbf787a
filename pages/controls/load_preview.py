"""What loading a file would give: its mapping, and its rows beside what becomes of them."""

from __future__ import annotations

import polars as pl
import streamlit as st
from pydantic import JsonValue

from loaders.mapping import Mapping
from loaders.mapping_file import read_mappings
from loaders.preview import Preview, preview
from loaders.protocol import Reason
from pages.controls import formats
from pages.controls.text import escape
from pages.controls.uploads import Upload

ROWS = 50
_KEY = "load_preview"


def choose_mapping(upload: Upload) -> Preview | None:
    """The preview under the mapping that fits, or another that is chosen; None when none fits."""
    recognised = _previewed(upload, None)
    names = list(_mappings())
    if recognised.mapping is None:
        st.warning(escape(recognised.message), icon=":material/help:")
        _offer_draft(recognised)
    chosen = st.selectbox(
        "Read it as",
        names,
        index=names.index(recognised.mapping) if recognised.mapping in names else None,
        format_func=_titled,
        placeholder="Choose what kind of file this is",
        key=f"load_mapping_{upload.file_id}",
        help="Recognised by the columns of the file. Choose another one when it is wrong.",
    )
    if chosen is None:
        return None
    return recognised if chosen == recognised.mapping else _previewed(upload, chosen)


def show_preview(shown: Preview) -> None:
    """The rows of the file on the left, the rows they become on the right."""
    encoding = f", encoding {shown.encoding}" if shown.encoding else ""
    tried = min(shown.rows, shown.rows_tried)
    st.caption(
        escape(
            f"{formats.count(shown.rows)} rows{encoding}. Of the first {formats.count(tried)}, "
            f"{formats.count(shown.rows_rejected)} would be rejected."
        )
    )
    if shown.message:
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
            {"In the file": use.header, "Becomes": ", ".join(use.feeds) or "not used"}
            for use in shown.columns
        ]
        st.dataframe(pl.DataFrame(uses), hide_index=True, alt="Columns and what they become")


def show_reasons(reasons: tuple[Reason, ...]) -> None:
    """Why rows were refused, most frequent first, each with its first example."""
    st.dataframe(
        pl.DataFrame(
            [
                {
                    "Rows": reason.rows,
                    "Column": reason.column,
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


def _previewed(upload: Upload, mapping: str | None) -> Preview:
    """The preview, made once per file and mapping. Raises SourceError, MappingError."""
    kept: dict[str | None, Preview] = st.session_state.setdefault(_KEY, {})
    if kept and st.session_state.get(f"{_KEY}_of") != upload.file_id:
        kept.clear()
    st.session_state[f"{_KEY}_of"] = upload.file_id
    if mapping not in kept:
        with st.spinner("Reading the first rows …"):
            kept[mapping] = preview(upload.path, mapping, rows=ROWS)
    return kept[mapping]


@st.cache_resource(max_entries=1, ttl="1m", show_spinner=False)
def _mappings() -> dict[str, Mapping]:
    mappings = read_mappings()
    return dict(sorted(mappings.items(), key=lambda each: each[1].title.casefold()))


def _titled(name: str) -> str:
    mapping = _mappings().get(name)
    return f"{mapping.title} ({name})" if mapping else name


def _show_rows(rows: tuple[dict[str, JsonValue], ...], alt: str) -> None:
    if rows:
        frame = pl.DataFrame(rows, infer_schema_length=None)
        st.dataframe(frame, hide_index=True, placeholder="", alt=alt)
    else:
        st.caption("No rows.")


def _show_results(shown: Preview) -> None:
    filled = {table: rows for table, rows in shown.result_rows.items() if rows}
    if not filled:
        st.caption("Nothing could be read.")
        return
    tabs = st.tabs([table.replace("_", " ").capitalize() for table in filled])
    for tab, (table, rows) in zip(tabs, filled.items(), strict=True):
        with tab:
            used = [name for name in rows[0] if any(row[name] is not None for row in rows)]
            frame = pl.DataFrame(rows, infer_schema_length=None).select(used)
            st.dataframe(frame, hide_index=True, placeholder="", alt=f"Rows of {table}")


def _offer_draft(recognised: Preview) -> None:
    with st.expander("A mapping for this kind of file, ready to edit", icon=":material/draft:"):
        st.caption("Save it in your folder of mappings ($BACKCAST_MAPPINGS), then upload again.")
        st.code(recognised.draft, language="toml")
