"""Where the numbers of a page are from: its metrics, their SQL, the files and when they came."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime

import polars as pl
import streamlit as st

from data.definition_changes.history import history
from data.lineage import loaded_tables
from data.storage.store import Store
from data.terms.titles import TABLES, name_title
from loaders.kinds import kinds_of_file
from metrics.period import in_words
from metrics.provenance.asked import Asked, collecting, each_once
from metrics.provenance.loads_behind import loads_behind
from metrics.provenance.written import sql_file, written_sql, written_values
from metrics.wording import formats
from pages.controls.columns import moment, number, text
from pages.controls.downloads import file_stem
from pages.controls.measure import definitions, measure_all, remembered
from pages.controls.problems import explained
from pages.controls.tables import show_table
from pages.display.text import escape

OPEN, METRIC, QUERY = "where_from", "where_from_metric", "where_from_query"

_HEIGHT = 320
"""Of the SQL, in pixels; longer is scrolled."""


@contextmanager
def telling_where_from() -> Iterator[None]:
    """Draw a page in the block; below it stands where its numbers are from.

    Whatever the page asks of metrics is noted by how it asks, so that no page has to say it.
    Nothing of it is looked up, read or drawn until somebody opens it.
    """
    asked: list[Asked] = []
    try:
        with collecting() as asked:
            yield
    finally:
        if asked:
            _show(asked)


@st.fragment
def _show(asked: list[Asked]) -> None:
    part = st.expander(
        "Where these numbers are from",
        icon=":material/database:",
        key=OPEN,
        on_change="rerun",
        bind="query-params",
    )
    if part.open:
        with part, explained():
            by_metric = each_once(asked)
            _show_files(by_metric)
            _show_sql(by_metric)


def _show_files(by_metric: Mapping[str, list[Asked]]) -> None:
    found = _files([each for queries in by_metric.values() for each in queries])
    metrics = formats.counted(len(by_metric), "metric")
    queries = formats.counted(sum(map(len, by_metric.values())), "query", "queries")
    said = f"This page asked **{metrics}** in **{queries}**."
    if found.is_empty():
        st.markdown(f"{said} They read no rows of files.")
        return
    newest: datetime = found["loaded_at"].max()  # type: ignore[assignment]
    files = formats.counted(len(found), "file")
    st.markdown(
        f"{said} They read rows of **{files}**; the newest was loaded on "
        f"**{in_words(newest.date())}** at {newest:%H:%M} UTC."
    )
    show_table(
        found.with_columns(
            _version_names(),
            pl.col("mapping").replace_strict(kinds_of_file(found["mapping"].unique())),
            loaded_into=pl.col("loaded_into")
            .str.split(", ")
            .list.eval(pl.element().replace_strict(TABLES))
            .list.join(", "),
        ),
        alt="Files that the numbers of this page are from",
        stem=file_stem("where_from"),
        columns=_FILES,
    )
    st.caption(
        "Rows are all rows of the tables that were read; period and filters choose among them. "
        "A row that several files report counts for the file whose version holds."
    )


_FILES = {
    "file_name": text("File", pinned=True), "mapping": text("Kind"),
    "row_count": number("Rows"), "loaded_into": text("Loaded into", wide="medium"),
    "exported_at": moment("As of (UTC)"), "loaded_at": moment("Loaded (UTC)"),
    "definitions": text("Definitions"), "load_id": text("Load"),
}  # fmt: skip


def _files(asked: list[Asked]) -> pl.DataFrame:
    """The loads behind what was asked."""
    read = frozenset[str]().union(*(each.query.tables for each in asked))
    terms = definitions()
    tables = remembered(lambda: loaded_tables(read, terms), "where from", sorted(read))
    return measure_all(loads_behind, tables)


def _version_names() -> pl.Expr:
    """The definitions that tables were derived under as people call them, else their digest."""
    names = {
        each.definitions.digest: f"version {each.number}" if each.version else "built in"
        for each in history(Store.from_environment().path, date.today())
        if each.definitions
    }
    digest = pl.col("definitions")
    return digest.replace_strict(names, default=digest.str.head(8)).alias("definitions")


def _show_sql(by_metric: Mapping[str, list[Asked]]) -> None:
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        metric = _chosen("Metric", list(by_metric), METRIC, name_title)
        queries = by_metric[metric]
        named = {
            f"{place} of {len(queries)}: {each.query.steps[-1].name}": each
            for place, each in enumerate(queries, start=1)
        }
        asked = named[_chosen("Query", list(named), QUERY)]
        st.download_button(
            "SQL of this page",
            _file_of(by_metric),
            "where_from.sql",
            "application/sql",
            key="where_from.sql",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
            help="Download the SQL of all metrics of this page, with the bound values",
        )
    if asked.question:
        st.markdown(f"**{escape(asked.question)}**")
    with st.container(height=_HEIGHT, border=False):  # scrolls for keyboards too, as code does not
        st.code(written_sql(asked.query), language="sql", wrap_lines=True)
    if values := written_values(asked.query):
        st.caption("Values bound to each ? of the SQL, in order. E-mails and phones are masked.")
        listed = "\n".join(f"{place}: {each}" for place, each in enumerate(values, start=1))
        st.code(listed, "sql", wrap_lines=True)
    files = _files(queries)["file_name"].to_list()
    if files:
        tables = sorted(frozenset[str]().union(*(each.query.tables for each in queries)))
        st.caption(
            escape(f"{name_title(metric)} reads {', '.join(tables)}: rows of {', '.join(files)}.")
        )


def _chosen(label: str, options: list[str], key: str, shown: Callable[[str], str] = str) -> str:
    """One of the options; another page has other ones, so that a choice may be gone."""
    if st.session_state.get(key) not in options:
        st.session_state.pop(key, None)
    return st.selectbox(label, options, key=key, format_func=shown, width=320)


def _file_of(by_metric: Mapping[str, list[Asked]]) -> Callable[[], str]:
    return lambda: sql_file(each for queries in by_metric.values() for each in queries)
