"""The small company with what is known of its accounts: lists, orders, groups and mails."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.pages.company import rows_by_table

Tables = dict[str, list[dict[str, Any]]]

BUSY = "A00001"
"""The account to which much has happened."""


def with_accounts(leads: int, touches: int = 0) -> Tables:
    """Rows of the company, with so many touches at one of its accounts."""
    tables = rows_by_table(leads)
    accounts = [row["account_id"] for row in tables["account"]]
    for number, person in enumerate(tables["person"]):
        person["persona"] = ("Buyer", "采购", None)[number % 3]
    for number, row in enumerate(tables["account"][:6]):
        row["parent_id"] = accounts[(number + 1) % 6 if number < 2 else 5]
    tables["account"][1]["parent_id"] = accounts[0]
    tables["target_account"] = [
        {"list_name": "重点客户", "account_id": each, "tier": "AB"[number % 2], "load_id": "L3"}
        for number, each in enumerate([*accounts[:20], "name:nobody knows"])
    ]
    tables["account_order"] = [
        {
            "order_id": f"B{number}",
            "account_id": accounts[number % 9],
            "product": ("Analytics", "工作流", None)[number % 3],
            "ordered_on": date(2019 + number % 7, 3, 3),
            "original_amount": Decimal(1000 + number),
            "currency": "USD",
            "quantity": 2.0,
            "maintained_until": date(2026, 1 + number % 12, 1) if number % 2 else None,
            "load_id": "L3",
        }
        for number in range(24)
    ]
    person = next(row["person_id"] for row in tables["person"] if row["account_id"] == BUSY)
    tables["interaction"] += [
        {
            "interaction_id": f"T{number:06d}",
            "person_id": person,
            "occurred_at": datetime(2024, 2, 1)
            + timedelta(hours=number * 18_000 / max(touches, 1)),
            "action": "form_submit",
            "channel": "Webinar",
            "campaign_id": "C1",
            "load_id": "L3",
        }
        for number in range(touches)
    ]
    deals = {row["account_id"]: row for row in tables["opportunity"] if row["outcome"] == "open"}
    tables["interaction"] += [
        {
            "interaction_id": f"M{number:06d}",
            "person_id": row["person_id"],
            "occurred_at": deals[row["account_id"]]["created_at"] + timedelta(hours=3),
            "action": "email_sent",
            "channel": "Email",
            "campaign_id": "C2",
            "load_id": "L3",
        }
        for number, row in enumerate(tables["person"])
        if row["account_id"] in deals
    ]
    return tables
