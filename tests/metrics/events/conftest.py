"""Random events with people who were lost in every way, and the same people one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.events.attendees import random_company
from tests.metrics.events.webinars import deals_after, refused, to_come, webinar
from tests.metrics.facts import DraftWarehouse, Facts, spend
from tests.metrics.plan.events.made_up import EVENT_TERMS, Tables, tables_of
from tests.metrics.plan.events.test_event_steps import fair
from tests.metrics.scopes import asked

YEAR = Period(date(2026, 1, 1), date(2026, 12, 31))
SEEN = date(2026, 7, 19)


@dataclass(frozen=True)
class Company:
    """A warehouse with events, what it was made of, and the scope of all of it."""

    facts: Facts
    warehouse: DraftWarehouse
    tables: Tables
    scope: Scope


@pytest.fixture(scope="session")
def companies() -> list[Company]:
    found = []
    for seed in (0, 2):
        facts = random_company(seed)
        warehouse = DraftWarehouse().hold(facts, EVENT_TERMS)
        found.append(Company(facts, warehouse, tables_of(warehouse), asked(YEAR, SEEN)))
    return found


BEGINS = date(2026, 3, 25)
"""When the event to come begins; the last thing known of it is from 10 February."""

TAKEN, TRIED = (3, 28, 33, 30, 2, 75), (10, 100, 100, 100, 2, 100)
"""Of so many at each of six talks, so many did something of high value."""


def events_by_hand() -> Facts:
    """Fairs, two webinars of a hundred, a small one, one to come, talks, dinners, a roadshow."""
    facts = fair().plus(webinar("A", 100, 30)).plus(webinar("B", 100, 80, day=30))
    facts = facts.plus(webinar("S", 3, 1, registered=5)).plus(to_come("C", BEGINS))
    for number, (taken, tried) in enumerate(zip(TAKEN, TRIED, strict=True)):
        facts = facts.plus(webinar(f"T{number}", tried, taken, kind="Talk"))
    last = BEGINS + timedelta(days=2)
    facts = facts.plus(to_come("Y", BEGINS, kind="Congress", ends_on=last))
    last = BEGINS + timedelta(days=1)
    facts = facts.plus(to_come("Z", date(2026, 1, 5), kind="Congress", ends_on=last))
    facts = facts.plus(deals_after()).plus(refused())
    return facts.plus(Facts(campaign_spend=(spend("A", date(2026, 1, 9), "2500"),)))


@pytest.fixture(scope="session")
def by_hand() -> DraftWarehouse:
    """The events by hand, all loaded."""
    return DraftWarehouse().hold(events_by_hand(), EVENT_TERMS)
