"""Consent on the data health page: how many may be contacted, and who was after withdrawing."""

from __future__ import annotations

import polars as pl

from data.definitions import Definitions
from data.engine.warehouse import Warehouse
from metrics.health.consent import consent, contacts_after_withdrawal
from pages.controls.columns import moment, number, text
from pages.sources.health.tables import Section, show_section

_COUNT_COLUMNS = {
    "consent": text("Consent", pinned=True), "people": number("People"),
    "do_not_contact": number("Do not contact"),
    "reachable_by_email": number("Reachable by e-mail"), "reachable_by_phone": number("By phone"),
    "reachable_by_wechat": number("By WeChat"), "undated": number("Without a date"),
    "people_contacted_after": number("Contacted after it"), "contacts_after": number("Actions"),
}  # fmt: skip

_CONTACT_COLUMNS = {
    "records": text("Records of the person", pinned=True),
    "withdrawn_at": moment("Withdrawn (UTC)"), "occurred_at": moment("Contacted (UTC)"),
    "purpose": text("From"), "action": text("By"), "channel": text("Channel"),
    "interaction_id": text("Interaction"),
}  # fmt: skip


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
    "People by their latest consent for every way and purpose, and how they could be reached "
    "regardless of it. For a withdrawal without a date, nobody knows what came after it.",
    "No person is loaded.",
    _consent,
    _COUNT_COLUMNS,
)

_CONTACTS = Section(
    "Contacted after withdrawing consent",
    "Each of these is a breach: an action that the definitions call outbound while a "
    "withdrawal was in force, on its way or on all. The newest comes first. A mail that was "
    "sent and delivered is two actions; the Reach page counts it as one contact.",
    "Nobody was contacted after withdrawing consent.",
    _after_withdrawal,
    _CONTACT_COLUMNS,
)
