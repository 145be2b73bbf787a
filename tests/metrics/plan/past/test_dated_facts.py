"""What was known on an earlier day does not change with what happens later."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.forecast.forecast import forecast
from metrics.period import Period
from metrics.plan.past.deals import deals
from metrics.plan.past.history import history
from tests.metrics.facts import (
    DraftWarehouse,
    Facts,
    Row,
    account,
    change,
    lead,
    opportunity,
    touch,
)
from tests.metrics.scopes import asked

FIRST = datetime(2025, 1, 1, 9)
DAYS = 500


def orderly(seed: int) -> Facts:
    """Leads that go up the stages or leave for good, some with a deal, and deals without a lead."""
    random = Random(seed)
    leads: list[Row] = []
    entries: list[Row] = []
    found: list[Row] = []
    for number in range(60):
        name, moment = f"L{number}", FIRST + timedelta(days=random.randrange(DAYS))
        leads.append(lead(name, moment, account_id=f"A{number % 9}"))
        for stage in ("mql", "sql", "opportunity"):
            moment += timedelta(days=random.choice((1, 10, 40, 90)))
            if random.random() < 0.25:
                entries.append(change("lead", name, "disqualified", moment))
                break
            if stage == "opportunity":
                found.append(_deal(random, f"O{number}", moment, primary_lead_id=name))
            elif random.random() < 0.9:
                entries.append(change("lead", name, stage, moment))
    for number in range(20):
        moment = FIRST + timedelta(days=random.randrange(DAYS))
        # It names a lead that no file has, so that its company's leads are not taken for it.
        unknown = {"account_id": f"A{number % 9}", "primary_lead_id": f"X{number}"}
        found.append(_deal(random, f"N{number}", moment, **unknown))
    return Facts(
        account=tuple(account(f"A{number}") for number in range(9)),
        person=tuple(
            {"person_id": f"p{number}", "account_id": f"A{number}"} for number in range(9)
        ),
        lead=tuple(leads),
        stage_change=tuple(entries),
        opportunity=tuple(found),
        interaction=tuple(
            touch(
                f"I{number}", FIRST + timedelta(days=random.randrange(2 * DAYS)), f"p{number % 9}"
            )
            for number in range(30)
        ),
    )


def _deal(random: Random, name: str, opened: datetime, **more: object) -> Row:
    outcome = random.choice(("won", "won", "lost", "open"))
    closed = opened + timedelta(days=random.choice((0, 20, 60, 150)))
    return opportunity(
        name,
        opened,
        original_amount=Decimal(random.randrange(1, 90)),
        currency="USD",
        outcome=outcome,
        closed_at=None if outcome == "open" else closed,
        **more,
    )


def known_on(facts: Facts, day: datetime) -> Facts:
    """What of the facts had happened by the end of a day."""
    over = day + timedelta(days=1)

    def as_it_was(deal: Row) -> Row:
        is_closed = deal["closed_at"] is not None and deal["closed_at"] < over
        return deal if is_closed else deal | {"outcome": "open", "closed_at": None}

    return replace(
        facts,
        lead=tuple(each for each in facts.lead if each["created_at"] < over),
        stage_change=tuple(each for each in facts.stage_change if each["entered_at"] < over),
        opportunity=tuple(
            as_it_was(each) for each in facts.opportunity if each["created_at"] < over
        ),
        interaction=tuple(each for each in facts.interaction if each["occurred_at"] < over),
    )


@given(seed=st.integers(0, 10**6), after=st.integers(200, DAYS))
@settings(max_examples=5, deadline=None)
def test_an_earlier_forecast_is_the_one_of_the_facts_of_its_day(seed: int, after: int) -> None:
    facts, day = orderly(seed), (FIRST + timedelta(days=after)).replace(hour=0)
    scope = asked(Period(FIRST.date(), day.date()), day.date())
    then = forecast(DraftWarehouse().hold(known_on(facts, day)), scope, draws=100)
    now = forecast(DraftWarehouse().hold(facts), scope, draws=100)
    assert now.equals(then)


def test_a_lead_is_open_until_its_deal_is_opened() -> None:
    """The lead's deal is opened on 1 May; another's has made the history."""
    start = datetime(2026, 1, 5, 9)
    facts = Facts(
        lead=(lead("L1", start), lead("L2", start)),
        opportunity=(
            opportunity("O1", datetime(2026, 2, 1), primary_lead_id="L1", outcome="won",
                        closed_at=datetime(2026, 2, 9)),
            opportunity("O2", datetime(2026, 5, 1), primary_lead_id="L2"),
        ),
    )  # fmt: skip
    warehouse = DraftWarehouse().hold(facts)
    for day, open_leads, open_deals in ((30, 1, 0), (1, 0, 1)):
        seen = datetime(2026, 4 if day == 30 else 5, day).date()
        found = history(warehouse, asked(Period(start.date(), seen), seen))
        assert found.open_leads.leads.sum() == open_leads
        assert found.deals.open.deals.sum() == open_deals


@pytest.mark.parametrize("kind", ["change", "touch"])
def test_what_happens_later_does_not_wake_a_deal_up(kind: str) -> None:
    """Won deals took 10 days at most; the open one was last heard of in January, and in June."""
    won = tuple(
        opportunity(f"W{days}", datetime(2026, 1, 1), outcome="won",
                    closed_at=datetime(2026, 1, 1 + days))
        for days in (5, 9, 10)
    )  # fmt: skip
    june = datetime(2026, 6, 1)
    facts = Facts(
        account=(account("A1"),),
        person=({"person_id": "p1", "account_id": "A1"},),
        opportunity=(*won, opportunity("O1", datetime(2026, 1, 2), account_id="A1")),
        interaction=(touch("I1", june, "p1"),) if kind == "touch" else (),
    )
    warehouse = DraftWarehouse().hold(facts)
    if kind == "change":
        row = {"opportunity_id": "O1", "changed_at": june, "field": "stage", "load_id": "load-1"}
        warehouse.put("opportunity_change", row)
        warehouse.derive()
    period = Period(datetime(2026, 1, 1).date(), june.date())
    for seen, stale in ((datetime(2026, 5, 31).date(), 1), (june.date(), 0)):
        assert deals(warehouse, asked(period, seen)).stale_deals == stale
