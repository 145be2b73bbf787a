"""How the columns of stage tables are titled and written."""

from __future__ import annotations

import streamlit as st

_COLUMN = st.column_config

TREND_COLUMNS = {
    "month_on": _COLUMN.DateColumn("Month", format="MMM YYYY", pinned=True),
    "stage": _COLUMN.TextColumn("Stage"),
    "reached": _COLUMN.NumberColumn("Reached", format="localized"),
    "entered": _COLUMN.NumberColumn("New in the month", format="localized"),
    "rate_first": _COLUMN.NumberColumn("% of first", format="percent"),
    "rate_first_low": _COLUMN.NumberColumn("95 % low", format="percent"),
    "rate_first_high": _COLUMN.NumberColumn("95 % high", format="percent"),
    "matured_share": _COLUMN.NumberColumn("Matured", format="percent"),
}
RECORD_COLUMNS = {
    "lead_id": _COLUMN.TextColumn("Lead", pinned=True),
    "account": _COLUMN.TextColumn("Account"),
    "channel": _COLUMN.TextColumn("Channel"),
    "campaign": _COLUMN.TextColumn("Campaign"),
    "owner": _COLUMN.TextColumn("Owner"),
    "region": _COLUMN.TextColumn("Region"),
    "lead_on": _COLUMN.DateColumn("Lead on", format="YYYY-MM-DD"),
    "mql_on": _COLUMN.DateColumn("MQL on", format="YYYY-MM-DD"),
    "sql_on": _COLUMN.DateColumn("SQL on", format="YYYY-MM-DD"),
    "opportunity_on": _COLUMN.DateColumn("Opportunity on", format="YYYY-MM-DD"),
    "won_on": _COLUMN.DateColumn("Won on", format="YYYY-MM-DD"),
    "exit_stage": _COLUMN.TextColumn("Left as"),
    "exit_reason": _COLUMN.TextColumn("Reason"),
}
