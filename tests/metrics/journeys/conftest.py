"""Made-up subjects that much happened to, for all tests of the room."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import DraftWarehouse, Facts, deal_change
from tests.metrics.journeys.timeline_oracle import Known
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked

SCOPE: Scope = asked(Period(date(2024, 1, 1), date(2025, 12, 31)), date(2026, 2, 28))


def eventful(seed: int) -> Facts:
    """Random rows, with changes of deals beside them and several records of some people."""
    facts, random = random_facts(seed, leads=120), Random(f"changes {seed}")
    changes = {
        (row["opportunity_id"], moment, field): deal_change(
            row["opportunity_id"], moment, field, old=None, new=str(random.randint(0, 9))
        )
        for row in facts.opportunity
        if row["created_at"]
        for field in random.sample(("amount", "stage", "expected_close_on", "probability"), 2)
        for moment in [row["created_at"] + timedelta(days=random.randint(0, 60))]
    }
    busy = tuple(
        {**row, "person_id": facts.person[0]["person_id"]} if number % 9 == 0 else row
        for number, row in enumerate(facts.interaction)
    )
    return replace(facts, opportunity_change=tuple(changes.values()), interaction=busy)


@pytest.fixture(scope="package")
def many() -> DraftWarehouse:
    return DraftWarehouse().hold(eventful(5))


@pytest.fixture(scope="package")
def known(many: DraftWarehouse) -> Known:
    return Known.of(many)
