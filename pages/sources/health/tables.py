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
    "was_at": moment("Last seen (UTC)"), "told_at": moment("Gone as of (UTC)"),
    "into_id": text("Into"), "file_name": text("Reported by"),
    "still_counts": text("Still counted because", wide="medium"),
}  # fmt: skip

TIE_COLUMNS = {
    "counts": text("Taken for the newer", pinned=True), "does_not": text("Taken for the older"),
    "true_at": moment("Both as of (UTC)"), "table_name": text("Table"),
    "records": number("Records they differ in"), "mapping": text("Read as"),
}  # fmt: skip

REPLACED_COLUMNS = {
    "counts": text("Counts", pinned=True), "does_not": text("Does not"),
    "ad_account": text("Account"), "first_on": day("From"), "last_on": day("To"),
    "newer_cost_amount": number("New amount"), "newer_currency": text("In"),
    "older_cost_amount": number("Old amount"), "older_currency": text("Old currency"),
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
    "rows_named": number("Matches", meaning="None of that name is loaded, or too many are."),
}  # fmt: skip

UNCOUNTED_COLUMNS = {
    "kind": text("What is not counted", pinned=True), "record_id": text("Id or word"),
    "detail": text("What it says", meaning="The channel of a lead, the stage and day of an entry, "
        "the outcome of a deal, the currency of an amount, the column of a word."),
    "row_count": number("Rows"),
}  # fmt: skip

ORPHAN_COLUMNS = {
    "relation": text("What lacks its link", pinned=True), "row_count": number("Of"),
    "orphans": number("How many"), "share": bar("Share"),
}  # fmt: skip

COMPANY_COLUMNS = {
    "written": text("Written as", pinned=True), "account": text("Taken for"),
    "matched_by": text("Because of"), "confidence": percent("Confidence"),
    "applied": tick("Applied", meaning="Not applied: proposed, nothing is merged."),
    "reference": text("Reference"), "account_id": text("Account"),
}  # fmt: skip

PART_COLUMNS = {
    "part": text("Part", pinned=True), "meaning": text("What it measures"), "share": bar("Share"),
    "weight": score("Weight", meaning="Points it can bring."), "points": score("Points"),
    "could_gain": score("Possible gain"), "advice": text("What to do"),
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
    "Why rows were not loaded. The rows themselves are under Load history.",
    "No row was rejected.",
    refusals,
    REFUSAL_COLUMNS,
)

REMARKS = Section(
    "How files were read",
    "What was assumed or left out while reading, without rejecting a row.",
    "There is nothing to note about any file.",
    load_remarks,
    REMARK_COLUMNS,
)

RETIRED = Section(
    "Deleted and merged records",
    "Deleted or merged in their source, or no longer in an export that was declared full. They "
    "count nowhere; undo the load that says so, or load a newer file that has them, to bring them "
    "back. What still counts comes first: its merges cannot be followed, or it came back.",
    "No file says that a record is gone.",
    retired_records,
    RETIRED_COLUMNS,
    words={"subject_kind": _RECORDS},
)

TIES = Section(
    "Files with the same export time",
    "Files of one kind that contradict each other about the same records, where nothing shows "
    "which is newer. Load one of them again and say when it was exported.",
    "Of any two files that contradict each other, one is known to be newer.",
    tied_loads,
    TIE_COLUMNS,
    words={"mapping": kinds_of_file, "table_name": _TABLES},
)

REPLACED = Section(
    "Overlapping ad reports",
    "Where several reports of an account cover a day, the newest counts. If it has much less "
    "than the one before, it may be a report of some campaigns only: give it an ad account of "
    "its own in its mapping.",
    "No two reports of an account cover the same days.",
    replaced_reports,
    REPLACED_COLUMNS,
)

SIZES = Section(
    "Rows per table",
    "What the files were turned into.",
    "There are no tables.",
    table_sizes,
    SIZE_COLUMNS,
    words={"name": _TABLES, "kind": {"loaded": "from files", "derived": "worked out from them"}},
)

UNMAPPED = Section(
    "Unrecognised values",
    "Words that no mapping knows, the source and medium of touches without a channel, and "
    "currencies without a rate. Add them to the mapping, the definitions or the exchange rates.",
    "Every value is recognised.",
    unmapped_values,
    UNMAPPED_COLUMNS,
)

UNPRICED = Section(
    "Amounts without an exchange rate",
    "Numbers that need these amounts say so instead of leaving them out.",
    "Every amount could be converted.",
    unpriced,
    UNPRICED_COLUMNS,
)

UNRESOLVED = Section(
    "Unknown campaigns and assets",
    "Names in the rows that match no campaign or asset, or more than one.",
    "Every name matches one campaign or asset.",
    unresolved_references,
    UNRESOLVED_COLUMNS,
)

UNCOUNTED = Section(
    "Not counted anywhere",
    "Loaded or rejected, but in no number. Each page that would count them says how many there "
    "are.",
    "Everything loaded is counted.",
    uncounted_records,
    UNCOUNTED_COLUMNS,
    shown=1000,
)

ORPHANS = Section(
    "Missing links",
    "How many records lack a link that they should have.",
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
