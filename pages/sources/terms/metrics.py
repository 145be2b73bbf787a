"""Every metric: its question, how it is computed, its edge rules, its columns and its options."""

from __future__ import annotations

import inspect

import polars as pl
import streamlit as st

from data.terms.titles import in_words, name_title
from metrics.catalogue import Metric, catalogue
from metrics.wording import formats
from pages.controls.columns import text
from pages.controls.downloads import file_stem
from pages.controls.tables import RowChoice, show_table
from pages.display.text import escape

_SHARED = "shared"

_COLUMNS = {
    "metric": text("Metric", pinned=True), "question": text("Question", wide="large"),
    "family": text("Family"), "options": text("Options"),
}  # fmt: skip

_DETAIL = "terms_metric"


def show_metrics() -> None:
    """All metrics, those that hold the words that are searched for, and one of them whole."""
    known = catalogue()
    searched = st.text_input(
        "Search",
        key="terms_search",
        bind="query-params",
        placeholder="A word of the question, the formula or a column",
        icon=":material/search:",
    )
    found = [each for each in known.values() if holds(each, searched)]
    families = formats.counted(len({_family(each) for each in found}), "family", "families")
    st.caption(f"{formats.counted(len(found), 'metric')} in {families}.")
    if not found:
        st.markdown(f"No metric speaks of {escape(searched)}. Try another word.")
        return
    rows = [(name_title(each.name), each.question, _family(each), each.options) for each in found]
    show_table(
        pl.DataFrame(rows, schema=list(_COLUMNS), orient="row"),
        alt="Metrics by family",
        stem=file_stem("metrics"),
        columns=_COLUMNS,
        on_row=RowChoice("terms_metrics_table", lambda place: _take(found, place)),
    )
    name = st.selectbox(
        "A metric in detail",
        [each.name for each in found],
        index=None,
        format_func=name_title,
        placeholder="Choose a metric, or a line above",
        key=_DETAIL,
        bind="query-params",
    )
    if name is not None:
        _show_metric(known[name])


def holds(metric: Metric, searched: str) -> bool:
    """Whether each of the words stands somewhere in what is said of a metric, whatever its case."""
    called = f"{metric.name} {name_title(metric.name)} {_family(metric)}"
    said = f"{called} {documentation(metric)} {columns_of(metric)}".casefold()
    return all(word in said for word in searched.casefold().split())


def documentation(metric: Metric) -> str:
    """What its function says of it: the question, then the formula and the edge rules."""
    return inspect.cleandoc(metric.function.__doc__ or "")


def columns_of(metric: Metric) -> str:
    """What the contract of its rows says: the grain, and the rules of its columns."""
    return inspect.cleandoc(metric.contract.__doc__ or "")


def _family(metric: Metric) -> str:
    return " › ".join(map(in_words, metric.family.split("."))) or _SHARED


def _take(found: list[Metric], place: int | None) -> None:
    st.session_state[_DETAIL] = None if place is None else found[place].name


def _show_metric(metric: Metric) -> None:
    question, _, rules = documentation(metric).partition("\n")
    with st.container(border=True):
        st.header(escape(question), anchor=False)
        st.caption(f"`{metric.name}` · {escape(_family(metric))}")
        st.markdown("**How it is computed**")
        _show_paragraphs(rules)
        st.markdown("**Its rows**")
        _show_paragraphs(columns_of(metric))
        st.markdown("**From a shell**")
        options = "".join(f" [{each}]" for each in metric.options.split(", ") if "-" in each)
        scope = " [--from DAY] [--to DAY] [--where NAME=VALUE]" if metric.is_scoped else ""
        st.code(
            f"python -m metrics {metric.name}{scope}{options}", language="bash", wrap_lines=True
        )


def _show_paragraphs(said: str) -> None:
    """Paragraphs as they were written; what stands in backticks is set as code."""
    for paragraph in said.split("\n\n"):
        parts = " ".join(paragraph.split()).split("`")
        shown = (f"`{part}`" if number % 2 else _escaped(part) for number, part in enumerate(parts))
        if said.strip():
            st.markdown("".join(shown))


def _escaped(part: str) -> str:
    """Escaped with the blanks at its ends, which stand beside what is set as code."""
    before, after = part[:1] == " ", part[-1:] == " "
    return f"{' ' * before}{escape(part)}{' ' * (after and bool(part.strip()))}"
