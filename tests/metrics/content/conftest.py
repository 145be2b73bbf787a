"""Random companies with content, and its uses in plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.content.use_oracle import Use, stage_days_of, uses_of
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked


@dataclass(frozen=True)
class Read:
    """A company, what it is asked about, and the uses within it and all."""

    facts: Facts
    warehouse: DraftWarehouse
    scope: Scope
    uses: list[Use]
    all_uses: list[Use]


@pytest.fixture(scope="session")
def read() -> Read:
    facts = random_facts(11, leads=240)
    warehouse = DraftWarehouse().hold(facts)
    scope = asked(Period(date(2024, 3, 1), date(2026, 2, 20)), date(2026, 2, 10))
    known = uses_of(facts, stage_days_of(warehouse.table("journey")), TERMS)
    uses = [each for each in known if date(2024, 3, 1) <= each.used_on <= date(2026, 2, 10)]
    return Read(facts, warehouse, scope, uses, known)
