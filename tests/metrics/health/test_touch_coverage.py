"""Which touches can earn credit adds up to what is loaded."""

from __future__ import annotations

from dataclasses import replace

from metrics.health.touch_coverage import touch_coverage
from tests.metrics.attribution import oracle
from tests.metrics.facts import DraftWarehouse, touch
from tests.metrics.random_facts import random_facts


def test_it_counts_every_touch_once() -> None:
    facts = random_facts(4)
    warehouse = DraftWarehouse().hold(
        replace(
            facts, interaction=(*facts.interaction, touch("V1", facts.as_of, None, visitor_id="v"))
        )
    )
    touches = oracle.rows(warehouse, "touch")
    row = touch_coverage(warehouse).row(0, named=True)
    assert row == {
        "touches": len(touches),
        "with_account": sum(bool(each["person_id"] and each["account_id"]) for each in touches),
        "without_account": sum(
            bool(each["person_id"] and not each["account_id"]) for each in touches
        ),
        "anonymous": sum(not each["person_id"] for each in touches),
        "own_staff": 0,
        "machine": 0,
    }
    assert row["anonymous"] >= 1
    parts = (row[name] for name in ("with_account", "without_account", "anonymous"))
    assert sum(parts) == row["touches"]
