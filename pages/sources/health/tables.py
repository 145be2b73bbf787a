"""The tables of the data health page: each with its title and what its emptiness means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from data.terms.titles import TABLES, title
from loaders.kinds import kinds_of_file
from metrics.health.counted_nowhere import uncounted_records
from metrics.health.links import company_links, orphans, unresolved_references
from metrics.health.loads import load_remarks, refusals, source_freshness, table_sizes, tied_loads
from metrics.health.retired import retired_records
from metrics.health.spend_reports import replaced_reports
from metrics.health.values import unmapped_values, unpriced
from pages.controls.columns import bar, day, moment, number, percent, score, text, tick
from pages.controls.downloads import file_stem
from pages.controls.measure import current_warehouse, measure_all
from pages.controls.problems import explained
from pages.controls.tables import note_cut, show_table_or

SOURCE_COLUMNS = {
    "mapping": text("Kind of file", pinned=True), "newest": moment("Newest export (UTC)"),
    "days_behind": number("Days behind the newest"), "files": number("Files"),
    "rows_kept": number("Rows kept"), "rows_rejected": number("Rows rejected"),
}  # fmt: skip

REFUSAL_COLUMNS = {
    "file_name": text("File", pinned=True), "kind": text("Kind"), "reason": text("Reason"),
    "column": text("Column"),
    "rows_rejected": number("Rows"), "first_line": number("First in line"),
    "load_id": text("Load"),
}  # fmt: skip

REMARK_COLUMNS = {
    "file_name": text("File", pinned=True), "kind": text("About"), "sentence": text("Remark"),
    "rows_concerned": number("Rows", meaning="0: it is about the whole file."),
    "load_id": text("Load"),
}  # fmt: skip

RETIRED_COLUMNS = {
    "subject_kind": text("Record", pinned=True), "subject_id": text("Id"), "how": text("Was"),
    "was_at": moment("Was there until (UTC)"), "told_at": moment("Gone as of (UTC)"),
    "into_id": text("Into"), "file_name": text("Told by"),
    "still_counts": text("Counts still, because", wide="medium"),
}  # fmt: skip

TIE_COLUMNS = {
    "counts": text("Taken for the newer", pinned=True), "does_not": text("Taken for the older"),
    "true_at": moment("Both true as of (UTC)"), "table_name": text("Table"),
    "records": number("Records they differ in"), "mapping": text("Read as"),
}  # fmt: skip

REPLACED_COLUMNS = {
    "counts": text("Counts", pinned=True), "does_not": text("Does not"),
    "ad_account": text("Account"), "first_on": day("From"), "last_on": day("To"),
    "newer_cost_amount": number("Now told"), "newer_currency": text("In"),
    "older_cost_amount": number("Told before"), "older_currency": text("Before in"),
}  # fmt: skip

SIZE_COLUMNS = {
    "kind": text("Kind"), "name": text("Table", pinned=True), "row_count": number("Rows"),
}  # fmt: skip

UNPRICED_COLUMNS = {
    "what": text("Amounts of", pinned=True), "currency": text("Currency"),
    "amounts": number("How many"), "first_on": day("From"), "last_on": day("To"),
}  # fmt: skip

UNMAPPED_COLUMNS = {
    "kind": text("What it is", pinned=True), "place": text("Where"), "value": text("Value"),
    "row_count": number("Rows"),
}  # fmt: skip

UNRESOLVED_COLUMNS = {
    "refers_to": text("Refers to", pinned=True), "reference": text("Name"),
    "rows_referring": number("Rows with it"),
    "rows_named": number("So called", meaning="None of that name is loaded, or too many are."),
}  # fmt: skip

UNCOUNTED_COLUMNS = {
    "kind": text("What is counted nowhere", pinned=True), "record_id": text("Id or word"),
    "detail": text("What it says", meaning="The channel of a lead, the stage and day of an entry, "
        "the outcome of a deal, the currency of an amount, the column of a word."),
    "row_count": number("Rows"),
}  # fmt: skip

ORPHAN_COLUMNS = {
    "relation": text("What lacks its other end", pinned=True), "row_count": number("Of"),
    "orphans": number("How many"), "share": bar("Share"),
}  # fmt: skip

COMPANY_COLUMNS = {
    "written": text("Written as", pinned=True), "account": text("Taken for"),
    "matched_by": text("Because of"), "confidence": percent("Confidence"),
    "applied": tick("Applied", meaning="Not applied: proposed, nothing is merged."),
    "reference": text("Reference"), "account_id": text("Account"),
}  # fmt: skip

PART_COLUMNS = {
    "part": text("Part", pinned=True), "meaning": text("What share it is"), "share": bar("Share"),
    "weight": score("Weight", meaning="Points it can bring."), "points": score("Points"),
    "could_gain": score("Could gain"), "advice": text("What to do"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Section:
    """A table's title, what it means, what it means that it is empty, and where it comes from.

    Of a long table only the first `shown` rows are read and kept; downloads hold all. `words` says
    how the codes of a column are shown, or gives that for the codes that it is asked for.
    """

    title: str
    meaning: str
    nothing: str
    measure: Callable[..., pl.DataFrame]
    columns: Mapping[str, ColumnConfig]
    shown: int | None = None
    words: Mapping[str, Mapping[str, str] | Callable[[Iterable[str]], Mapping[str, str]]] = field(
        default_factory=dict
    )


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
            _in_words(found.select(list(section.columns)), section),
            alt=section.title,
            stem=file_stem(section.title.lower()),
            columns=section.columns,
            everything=lambda: section.measure(current_warehouse()),
        )


def _in_words(found: pl.DataFrame, section: Section) -> pl.DataFrame:
    for name, words in section.words.items():
        known = words if isinstance(words, Mapping) else words(found[name].unique())
        found = found.with_columns(pl.col(name).replace_strict(known))
    return found


_TABLES = {table: title(words) for table, words in TABLES.items()}

_RECORDS = {"lead": "lead", "opportunity": "deal", "account": "company", "person": "person"}

FRESHNESS = Section(
    "Freshness",
    "Each kind of file and its newest export. The one that lags most comes first.",
    "No load is recorded.",
    source_freshness,
    SOURCE_COLUMNS,
    words={"mapping": kinds_of_file},
)

REJECTED = Section(
    "Rejected rows",
    "Why rows were not loaded. The rows themselves are below, under a load in detail.",
    "No row was rejected.",
    refusals,
    REFUSAL_COLUMNS,
)

REMARKS = Section(
    "How files were read",
    "What was taken for granted or left out, though no row was rejected for it.",
    "Nothing is to be known of any file.",
    load_remarks,
    REMARK_COLUMNS,
)

RETIRED = Section(
    "Records that are gone",
    "Deleted or merged in their source, or no longer in an export that was declared full. They "
    "count nowhere; undo the load that says so, or load a newer file that has them, to bring them "
    "back. What still counts comes first: its merges cannot be followed, or it came back.",
    "No file says that a record is gone.",
    retired_records,
    RETIRED_COLUMNS,
    words={"subject_kind": _RECORDS},
)

TIES = Section(
    "Files of the same time",
    "Files of one kind that say different things of the same records, where nothing tells which is "
    "newer. Load one of them again and say when it was exported.",
    "Of any two files that contradict each other one is known to be newer.",
    tied_loads,
    TIE_COLUMNS,
    words={"mapping": kinds_of_file, "table_name": _TABLES},
)

REPLACED = Section(
    "Ad reports of the same days",
    "Of a day that several reports of an account cover the newest counts. Much less than before "
    "may be a report of some campaigns alone: give it an ad_account of its own in its mapping.",
    "No two reports of an account cover the same days.",
    replaced_reports,
    REPLACED_COLUMNS,
)

SIZES = Section(
    "Rows per table",
    "What the files became.",
    "There are no tables.",
    table_sizes,
    SIZE_COLUMNS,
    words={"name": _TABLES, "kind": {"loaded": "from files", "derived": "worked out from them"}},
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

UNCOUNTED = Section(
    "Counted nowhere",
    "What is loaded, or was refused, and is in no number, with its ids. Pages and the command line "
    "say how many there are where they would count.",
    "All that is loaded counts.",
    uncounted_records,
    UNCOUNTED_COLUMNS,
    shown=1000,
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
