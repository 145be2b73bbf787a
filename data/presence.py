"""Which tables a generation has: one written by an older version may lack the newest."""

from __future__ import annotations

from data.sql import Query, Step
from data.warehouse import Warehouse


def has_table(warehouse: Warehouse, name: str) -> bool:
    """Whether the generation has a table of this name."""
    known = Step(
        "known", "SELECT table_name FROM information_schema.tables WHERE table_name = ?", (name,)
    )
    return not warehouse.query(Query(known)).is_empty()
