"""A random company that is contacted much, what is asked about it, and the same in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pytest

from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import DraftWarehouse, Facts
from tests.metrics.reach.reach_facts import REACH, reach_facts
from tests.metrics.reach.reach_oracle import Reach
from tests.metrics.scopes import asked


@dataclass(frozen=True)
class Asked:
    """What is asked of a company, on the warehouse and in plain Python."""

    facts: Facts
    warehouse: DraftWarehouse
    scope: Scope
    oracle: Reach


@pytest.fixture(scope="session")
def whole() -> Asked:
    facts = reach_facts(3)
    warehouse = DraftWarehouse().hold(facts, REACH)
    scope = asked(Period(date(2025, 2, 1), date(2025, 4, 30)), date(2025, 5, 3))
    return Asked(facts, warehouse, scope, Reach(facts, REACH, scope))


@pytest.fixture(scope="session")
def narrow(whole: Asked) -> Asked:
    """The same of people with a lead of Ana's."""
    scope = replace(whole.scope, filters=(Filter(Dimension.OWNER, ("Ana",)),))
    only = {
        row["person_id"]
        for row in whole.warehouse.table("journey")
        if row["owner"] == "Ana" and row["person_id"]
    }
    return Asked(whole.facts, whole.warehouse, scope, Reach(whole.facts, REACH, scope, only))


@pytest.fixture(params=["whole", "narrow"])
def each(request: pytest.FixtureRequest) -> Asked:
    found: Asked = request.getfixturevalue(request.param)
    return found
