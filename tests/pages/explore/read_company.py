"""The small company with content that its people met: two topics, two personas, one asset unmet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.pages.company import HOSTILE, rows_by_table

Tables = dict[str, list[dict[str, Any]]]

ASSETS = (
    ("A1", "White paper on chains", "Paper", "Chains", "Buyer"),
    ("A2", "白皮书：设备数据", "Paper", "数据", "采购"),
    ("A3", HOSTILE, "Video", "Chains", "Buyer"),
    ("A4", "Nobody has met this", "Video", "Chains", "Engineer"),
)

NEWEST = datetime(2026, 3, 31, 12)

ACTIONS = ("file_download", "page_view", "page_view", "email_sent")


def with_content(leads: int, *, timed: bool = True, personas: int = 2) -> Tables:
    """The rows of the company, whose every person meets one or two assets by and by."""
    tables = rows_by_table(leads)
    tables["content"] = [
        {"content_id": content_id, "title": title, "kind": kind, "topic": topic,
         "persona": persona, "load_id": "L3"}
        for content_id, title, kind, topic, persona in ASSETS
    ]  # fmt: skip
    names = ["Buyer", "采购", *(f"Persona {number}" for number in range(personas - 2))]
    for number, person in enumerate(tables["person"]):
        person["persona"] = names[number % personas]
    for number, first in enumerate(list(tables["interaction"])):
        for more in range(1 + number % 2):
            tables["interaction"].append(
                {
                    **first,
                    "interaction_id": f"U{number:06d}-{more}",
                    "content_id": f"A{1 + (number + more) % 3}",
                    "occurred_at": min(first["occurred_at"] + timedelta(days=20 * more), NEWEST),
                    "action": ACTIONS[(number // 3 + more) % 4],
                    "engaged_seconds": 90.0 if timed and number % 3 == 0 else None,
                }
            )
    return tables
