"""Identity of a few canonical rows, asked in one line."""

from __future__ import annotations

from typing import Any

from tests.metrics.facts import DraftWarehouse, Facts, Row

IDENTITY = (
    "person_identity", "person_proposal", "account_identity", "lead_identity", "lead_notice",
)  # fmt: skip


def person(person_id: str, **more: object) -> Row:
    return {"person_id": person_id, **more}


def alias(record: str, person_id: str, **more: object) -> Row:
    system, _, number = record.partition(":")
    known = {"source_system": system, "source_record_id": number, "person_id": person_id}
    return {**known, "matched_by": "id", "confidence": 1.0, **more}


def groups(draft: DraftWarehouse, table: str = "person_identity") -> set[frozenset[str]]:
    """Which references are one, those alone left out."""
    together: dict[str, set[str]] = {}
    for row in draft.table(table):
        if row.get("applied", True):
            name = "person_id" if table == "person_identity" else "account_id"
            together.setdefault(row[name], set()).add(row["reference"])
    return {frozenset(each) for each in together.values() if len(each) > 1}


def people(draft: DraftWarehouse, *persons: Row, **more: Any) -> set[frozenset[str]]:
    return groups(draft.hold(Facts(person=persons, **more)))


def companies(draft: DraftWarehouse, *accounts: Row, **more: Any) -> set[frozenset[str]]:
    """As `groups`, of the accounts that were loaded; others are named only."""
    loaded = {row["account_id"] for row in accounts}
    found = groups(draft.hold(Facts(account=accounts, **more)), "account_identity")
    return {each & loaded for each in found if len(each & loaded) > 1}


def identity(draft: DraftWarehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every identity table, in an order of its own."""
    return {name: sorted(draft.frame(name).rows(), key=repr) for name in IDENTITY}
