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
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, measure_all
from pages.controls.problems import explained
from pages.controls.tables import note_cut, show_table_or

_COLUMN = st.column_config


SOURCE_COLUMNS = {
    "mapping": _COLUMN.TextColumn("Kind of file", pinned=True),
    "newest": _COLUMN.DatetimeColumn("Newest export (UTC)", format="YYYY-MM-DD HH:mm"),
    "days_behind": _COLUMN.NumberColumn("Days behind the newest", format="localized"),
    "files": _COLUMN.NumberColumn("Files", format="localized"),
    "rows_kept": _COLUMN.NumberColumn("Rows kept", format="localized"),
    "rows_rejected": _COLUMN.NumberColumn("Rows rejected", format="localized"),
}

REFUSAL_COLUMNS = {
    "file_name": _COLUMN.TextColumn("File", pinned=True),
    "reason": _COLUMN.TextColumn("Reason"),
    "column": _COLUMN.TextColumn("Column"),
    "rows_rejected": _COLUMN.NumberColumn("Rows", format="localized"),
    "first_line": _COLUMN.NumberColumn("First in line", format="localized"),
    "load_id": _COLUMN.TextColumn("Load"),
}

SIZE_COLUMNS = {
    "kind": _COLUMN.TextColumn("Kind"),
    "name": _COLUMN.TextColumn("Table", pinned=True),
    "row_count": _COLUMN.NumberColumn("Rows", format="localized"),
}

UNPRICED_COLUMNS = {
    "what": _COLUMN.TextColumn("Amounts of", pinned=True),
    "currency": _COLUMN.TextColumn("Currency"),
    "amounts": _COLUMN.NumberColumn("How many", format="localized"),
    "first_on": _COLUMN.DateColumn("From", format="YYYY-MM-DD"),
    "last_on": _COLUMN.DateColumn("To", format="YYYY-MM-DD"),
}

UNMAPPED_COLUMNS = {
    "kind": _COLUMN.TextColumn("What it is", pinned=True),
    "place": _COLUMN.TextColumn("Where"),
    "value": _COLUMN.TextColumn("Value"),
    "row_count": _COLUMN.NumberColumn("Rows", format="localized"),
}

UNRESOLVED_COLUMNS = {
    "refers_to": _COLUMN.TextColumn("Refers to", pinned=True),
    "reference": _COLUMN.TextColumn("Name"),
    "rows_referring": _COLUMN.NumberColumn("Rows with it", format="localized"),
    "rows_named": _COLUMN.NumberColumn(
        "So called", format="localized", help="None of that name is loaded, or too many are."
    ),
}

ORPHAN_COLUMNS = {
    "relation": _COLUMN.TextColumn("What lacks its other end", pinned=True),
    "row_count": _COLUMN.NumberColumn("Of", format="localized"),
    "orphans": _COLUMN.NumberColumn("How many", format="localized"),
    "share": _COLUMN.ProgressColumn("Share", format="percent", min_value=0, max_value=1),
}

COMPANY_COLUMNS = {
    "written": _COLUMN.TextColumn("Written as", pinned=True),
    "account": _COLUMN.TextColumn("Taken for"),
    "matched_by": _COLUMN.TextColumn("Because of"),
    "confidence": _COLUMN.NumberColumn("Confidence", format="percent"),
    "applied": _COLUMN.CheckboxColumn("Applied", help="Not applied: proposed, nothing is merged."),
    "reference": _COLUMN.TextColumn("Reference"),
    "account_id": _COLUMN.TextColumn("Account"),
}

PART_COLUMNS = {
    "part": _COLUMN.TextColumn("Part", pinned=True),
    "meaning": _COLUMN.TextColumn("What share it is"),
    "share": _COLUMN.ProgressColumn("Share", format="percent", min_value=0, max_value=1),
    "weight": _COLUMN.NumberColumn("Weight", format="%.1f", help="Points it can bring."),
    "points": _COLUMN.NumberColumn("Points", format="%.1f"),
    "could_gain": _COLUMN.NumberColumn("Could gain", format="%.1f"),
    "advice": _COLUMN.TextColumn("What to do"),
}


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
        if section.shown is not None and len(found) == section.shown:
            note_cut(section.shown)
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
    SOURCE_COLUMNS,
)

REJECTED = Section(
    "Rejected rows",
    "Why rows were not loaded. The rows themselves are below, under a load in detail.",
    "No row was rejected.",
    refusals,
    REFUSAL_COLUMNS,
)

SIZES = Section(
    "Rows per table",
    "What the files became.",
    "There are no tables.",
    table_sizes,
    SIZE_COLUMNS,
)

UNMAPPED = Section(
    "Values without a place",
    "Words that a mapping does not know, the source and medium of touches whose channel is "
    "Unassigned, currencies without a rate. Add them to the mapping, the definitions or "
    "the exchange rates.",
    "Every value has its place.",
    unmapped_values,
    UNMAPPED_COLUMNS,
)

UNPRICED = Section(
    "Amounts without an exchange rate",
    "Numbers that need them say so instead of leaving them out.",
    "Every amount could be converted.",
    unpriced,
    UNPRICED_COLUMNS,
)

UNRESOLVED = Section(
    "Names that mean nothing yet",
    "Campaigns and assets that rows call by a name which none, or more than one, has.",
    "Every name means one campaign or asset.",
    unresolved_references,
    UNRESOLVED_COLUMNS,
)

ORPHANS = Section(
    "Rows that refer to nothing",
    "Which part of the rows stays alone.",
    "There are no rows.",
    orphans,
    ORPHAN_COLUMNS,
)

COMPANIES = Section(
    "Companies with several names",
    "Spellings that are taken for one company, the least sure first. What is not applied "
    "is a proposal; nothing is merged by it.",
    "Every company has one name.",
    company_links,
    COMPANY_COLUMNS,
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
