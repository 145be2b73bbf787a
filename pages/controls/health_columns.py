"""How the columns of the data health page are titled and written."""

from __future__ import annotations

import streamlit as st

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
