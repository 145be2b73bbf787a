"""Random leads of all levels, under terms of their own, and what is asked about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

import pytest

from data.terms.quality import FIVE_LEVELS, QualityTerms
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope
from tests.metrics.facts import TERMS, DraftWarehouse, Facts
from tests.metrics.random_facts import few_states, random_facts
from tests.metrics.scopes import asked

LEVELS = (
    FIVE_LEVELS[0],
    FIVE_LEVELS[2].model_copy(update={"tier": ("NURTURE",)}),
    FIVE_LEVELS[3],
    FIVE_LEVELS[4],
)

OWN = TERMS.model_copy(update={"quality": QualityTerms(level=LEVELS)})


@dataclass(frozen=True)
class Asked:
    """What is asked of the leads, and their rows of `lead_quality`."""

    warehouse: DraftWarehouse
    scope: Scope
    leads: list[dict[str, Any]]


def with_fakes(facts: Facts, random: Random) -> Facts:
    """The same with mailboxes of every state and domain, and statuses of which some say fake."""
    people = [
        {
            **row,
            "email_domain": random.choice((None, "Example.com", "acme.com")),
            "email_state": random.choice((None, "valid", "disposable", "bounced")),
        }
        for row in facts.person
    ]
    said = (None, None, "New", "Marked FAKE", "测试数据")
    leads = [{**row, "status": random.choice(said)} for row in facts.lead]
    return replace(facts, person=tuple(people), lead=tuple(leads))


@pytest.fixture(scope="session")
def whole() -> Asked:
    warehouse = DraftWarehouse().hold(with_fakes(few_states(random_facts(9, 600)), Random(5)), OWN)
    scope = asked(Period(date(2024, 1, 1), date(2025, 12, 31)), date(2026, 2, 28))
    return Asked(warehouse, scope, list(warehouse.table("lead_quality")))


@pytest.fixture(scope="session")
def narrow(whole: Asked) -> Asked:
    """The same of Ana's leads, of one year."""
    filters = (Filter(Dimension.OWNER, ("Ana",)),)
    scope = asked(Period(date(2024, 1, 1), date(2024, 12, 31)), date(2025, 3, 1), filters=filters)
    leads = [row for row in whole.leads if row["owner"] == "Ana"]
    return Asked(whole.warehouse, scope, leads)


@pytest.fixture(params=["whole", "narrow"])
def each(request: pytest.FixtureRequest) -> Asked:
    found: Asked = request.getfixturevalue(request.param)
    return found
