"""Random companies with lists, orders and parents, and the ways of asking about them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Viewer
from tests.metrics.accounts.account_oracle import Accounts
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    account,
    lead,
    opportunity,
    order,
    target,
    touch,
)
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, at

PLAIN = asked(Period(date(2024, 3, 1), date(2025, 9, 30)), date(2025, 8, 31))
OF_REGION = replace(PLAIN, filters=(Filter(Dimension.REGION, ("华东", "EMEA")),))
RESTRICTED = replace(PLAIN, viewer=Viewer("Ana", (Filter(Dimension.REGION, ("华东", "EMEA")),)))
SCOPES = (PLAIN, OF_REGION, RESTRICTED)


@dataclass(frozen=True)
class Company:
    """Rows, the warehouse made of them, and what they mean in each way of asking."""

    facts: Facts
    warehouse: DraftWarehouse
    oracles: dict[Scope, Accounts]

    def oracle(self, scope: Scope) -> Accounts:
        if scope not in self.oracles:
            self.oracles[scope] = Accounts(self.facts, scope)
        return self.oracles[scope]


@pytest.fixture(scope="package")
def company() -> Company:
    facts = random_facts(8, leads=160)
    return Company(facts, DraftWarehouse().hold(facts), {})


@pytest.fixture(scope="package")
def nothing() -> DraftWarehouse:
    """Nothing is loaded."""
    return DraftWarehouse().hold(Facts())


@pytest.fixture(scope="package")
def without_rate() -> DraftWarehouse:
    """Two deals of a subsidiary on two lists, in a currency without a rate."""
    money = {"account_id": "A1", "original_amount": Decimal(5), "currency": "EUR"}
    facts = Facts(
        account=(account("A1", "Acme", parent_id="A2"), account("A2", "Best")),
        opportunity=(
            opportunity("O1", at(2, 1), outcome="open", **money),
            opportunity("O2", at(1, 3), outcome="won", closed_at=at(2, 3), **money),
        ),
        target_account=(target("Pumps", "A1"), target("Gears", "A1")),
    )
    return DraftWarehouse().hold(facts)


@pytest.fixture(scope="package")
def by_hand() -> DraftWarehouse:
    """Companies that are merged, unknown or their own parent; orders and mails of every kind."""
    hours = {"on its first day": -10, "early": 0, "late": 23, "on its last day": 48}
    sent = {"action": "email_sent", "channel": "Email"}
    ends = (SEEN, SEEN - timedelta(days=1), SEEN + timedelta(days=183),
            SEEN + timedelta(days=184), None)  # fmt: skip
    dealt = {"account_id": "A5", "original_amount": Decimal(9), "currency": "USD"}
    facts = Facts(
        account=(
            account("A1", "Acme", parent_id="A2"),
            account("A2", "ACME"),
            account("A3", "Below", parent_id="A1"),
            account("A4", "Alone"),
            account("A5", "Lost", parent_id="name:nobody", owner="Li"),
        ),
        campaign=(
            {"campaign_id": "C1", "name": "Spring"},
            *({"campaign_id": each, "name": each} for each in hours),
        ),
        lead=(lead("L1", at(1, 2), account_id="A5", person_id="p1"),),
        interaction=(
            *(
                touch(each, at(2, 1) + timedelta(hours=after), "p1", campaign_id=each, **sent)
                for each, after in hours.items()
            ),
            touch("M1", at(2, 1, 12), "p1", campaign_id="name:spring", **sent),
            touch("M2", at(2, 1, 12), "p1", **sent),
            touch("M3", at(2, 1, 12), "p1", campaign_id="C1", action="ad_click"),
            touch("M4", at(2, 1, 12), "p1", campaign_id="C1",
                  **{**sent, "channel": "Outbound Sales"}),
        ),
        opportunity=(
            opportunity("O1", at(1, 31), outcome="won", closed_at=at(2, 3), **dealt),
            opportunity("O3", at(2, 1), outcome="open", **{**dealt, "account_id": "A3"}),
        ),
        target_account=(
            target("Pumps", "A1", "2"), target("Pumps", "A2", "1"), target("Pumps", "name:nobody"),
        ),
        account_order=tuple(
            order(f"B{place}", "A1", date(2020, 1, 1), product=str(place), maintained_until=day)
            for place, day in enumerate(ends)
        ),
    )  # fmt: skip
    return DraftWarehouse().hold(facts)
