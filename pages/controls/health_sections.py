"""The tables of the data health page: each with its title and what its emptiness means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from metrics.health.links import company_links, orphans, unresolved_references
from metrics.health.loads import refusals, source_freshness, table_sizes
from metrics.health.values import unmapped_values, unpriced
from pages.controls import health_columns as columns
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, measure_all
from pages.controls.problems import explained
from pages.controls.tables import show_table_or
from pages.display import formats


@dataclass(frozen=True, slots=True)
class Section:
    """A table's title, what it means, what it means that it is empty, and where it comes from.

    Of a long table only the first `shown` rows are read and kept; downloads hold all. `words` says
    how the codes of a column are shown.
    """

    title: str
    meaning: str
    nothing: str
    measure: Callable[..., pl.DataFrame]
    columns: Mapping[str, ColumnConfig]
    shown: int | None = None
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def show_section(section: Section) -> None:
    """The section's table. What measuring it raises is shown in its place."""
    with st.container(border=True), explained():
        st.header(section.title, anchor=False)
        st.caption(section.meaning)
        limits = () if section.shown is None else (section.shown,)
        found = measure_all(section.measure, *limits)
        if len(found) == section.shown:
            shown = formats.count(section.shown)
            st.caption(f"The first {shown} are shown; the downloads hold all.")
        show_table_or(
            section.nothing,
            found.select(list(section.columns)).with_columns(
                pl.col(name).replace_strict(words) for name, words in section.words.items()
            ),
            alt=section.title,
            stem=file_stem(section.title.lower()),
            columns=section.columns,
            everything=lambda: section.measure(current_warehouse()),
        )


FRESHNESS = Section(
    "Freshness",
    "Each kind of file and its newest export. The one that lags most comes first.",
    "No load is recorded.",
    source_freshness,
    columns.SOURCE_COLUMNS,
)
REJECTED = Section(
    "Rejected rows",
    "Why rows were not loaded. The rows themselves are below, under a load in detail.",
    "No row was rejected.",
    refusals,
    columns.REFUSAL_COLUMNS,
)
SIZES = Section(
    "Rows per table",
    "What the files became.",
    "There are no tables.",
    table_sizes,
    columns.SIZE_COLUMNS,
)
UNMAPPED = Section(
    "Values without a place",
    "Words that a mapping does not know, the source and medium of touches whose channel is "
    "Unassigned, currencies without a rate. Add them to the mapping, the definitions or "
    "the exchange rates.",
    "Every value has its place.",
    unmapped_values,
    columns.UNMAPPED_COLUMNS,
)
UNPRICED = Section(
    "Amounts without an exchange rate",
    "Numbers that need them say so instead of leaving them out.",
    "Every amount could be converted.",
    unpriced,
    columns.UNPRICED_COLUMNS,
)
UNRESOLVED = Section(
    "Names that mean nothing yet",
    "Campaigns and assets that rows call by a name which none, or more than one, has.",
    "Every name means one campaign or asset.",
    unresolved_references,
    columns.UNRESOLVED_COLUMNS,
)
ORPHANS = Section(
    "Rows that refer to nothing",
    "Which part of the rows stays alone.",
    "There are no rows.",
    orphans,
    columns.ORPHAN_COLUMNS,
)
COMPANIES = Section(
    "Companies with several names",
    "Spellings that are taken for one company, the least sure first. What is not applied "
    "is a proposal; nothing is merged by it.",
    "Every company has one name.",
    company_links,
    columns.COMPANY_COLUMNS,
    shown=1000,
    words={
        "matched_by": {
            "domain": "the same website",
            "email_domain": "its people's e-mail domain",
            "name_key": "the same name",
            "linkage": "a close name",
        }
    },
)
