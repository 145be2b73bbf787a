"""Consent on the data health page: how many may be contacted, and who was after withdrawing."""

from __future__ import annotations

import polars as pl
import streamlit as st

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from metrics.health.consent import consent, contacts_after_withdrawal
from pages.sources.health.tables import Section, show_section

_COLUMN = st.column_config

_COUNT_COLUMNS = {
    "consent": _COLUMN.TextColumn("Consent", pinned=True),
    "people": _COLUMN.NumberColumn("People", format="localized"),
    "do_not_contact": _COLUMN.NumberColumn("Do not contact", format="localized"),
    "reachable_by_email": _COLUMN.NumberColumn("Reachable by e-mail", format="localized"),
    "reachable_by_phone": _COLUMN.NumberColumn("By phone", format="localized"),
    "reachable_by_wechat": _COLUMN.NumberColumn("By WeChat", format="localized"),
    "undated": _COLUMN.NumberColumn("Without a date", format="localized"),
    "people_contacted_after": _COLUMN.NumberColumn("Contacted after it", format="localized"),
    "contacts_after": _COLUMN.NumberColumn("Times", format="localized"),
}

_CONTACT_COLUMNS = {
    "records": _COLUMN.TextColumn("Records of the person", pinned=True),
    "withdrawn_at": _COLUMN.DatetimeColumn("Withdrawn (UTC)", format="YYYY-MM-DD HH:mm"),
    "occurred_at": _COLUMN.DatetimeColumn("Contacted (UTC)", format="YYYY-MM-DD HH:mm"),
    "action": _COLUMN.TextColumn("By"),
    "channel": _COLUMN.TextColumn("Channel"),
    "interaction_id": _COLUMN.TextColumn("Interaction"),
}


def show_consent() -> None:
    """Both tables, with downloads. What measuring them raises is shown in their place."""
    show_section(_COUNTS)
    show_section(_CONTACTS)


def _consent(warehouse: Warehouse) -> pl.DataFrame:
    return consent(warehouse, Definitions.load())


def _after_withdrawal(warehouse: Warehouse) -> pl.DataFrame:
    return contacts_after_withdrawal(warehouse, Definitions.load())


_COUNTS = Section(
    "Consent",
    "People by the newest word on their consent, and how they can be reached whatever it is. Of a "
    "withdrawal without a date nobody knows what came after it.",
    "No person is loaded.",
    _consent,
    _COUNT_COLUMNS,
)

_CONTACTS = Section(
    "Contacted after withdrawing consent",
    "Each of these is a breach: an action that the definitions call outbound, later than the "
    "withdrawal that stands now. The newest comes first.",
    "Nobody was contacted after withdrawing consent.",
    _after_withdrawal,
    _CONTACT_COLUMNS,
)
