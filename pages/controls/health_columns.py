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
