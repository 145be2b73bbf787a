"""What people said stands beside what the touches say, and both add up to the deals."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from data.definitions import Definitions
from data.terms.attribution import AttributionTerms
from metrics.attribution.question import Question, Worth
from metrics.attribution.self_reported import NOT_SAID, self_reported
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.attribution import oracle
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
TERMS = Definitions.load().model_copy(
    update={
        "attribution": AttributionTerms(
            lookback_days=90, half_life_days=20, self_reported={"a talk": "Email"}
        )
    }
)
ANSWERS = ("A Talk ", "Email", "A colleague", None)
SAID = {"A Talk ": "Email", None: NOT_SAID}


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    facts = random_facts(3, leads=300)
    leads = tuple(
        {**row, "self_reported_source": ANSWERS[place % 4]} for place, row in enumerate(facts.lead)
    )
    return DraftWarehouse().hold(replace(facts, lead=leads))


def test_each_answer_is_shared_as_plain_python_shares_it(warehouse: DraftWarehouse) -> None:
    question = Question(SCOPE, worth=Worth.COUNT, lookback_days=90)
    answers = {
        row["lead_id"]: row["self_reported_source"] for row in oracle.rows(warehouse, "lead")
    }
    lead_of = {row["opportunity_id"]: row["lead_id"] for row in oracle.rows(warehouse, "deal")}
    segment_of = {row["interaction_id"]: row["channel"] for row in oracle.rows(warehouse, "touch")}

    def said(deal: str) -> str:
        answer = answers.get(lead_of[deal])
        return SAID.get(answer, str(answer))

    expected: Counter[tuple[str, str, str]] = Counter()
    earned = oracle.credit_units(warehouse, question, 20)
    for (model, deal, touch), units in earned.items():
        expected[model, said(deal), segment_of[touch]] += units or 0
    touched = {deal for _, deal, _ in earned}
    for each in oracle.in_period(question, oracle.conversions(warehouse, question)):
        if each["id"] not in touched:
            for rule in question.rules:
                expected[rule.name, said(each["id"]), "Unattributed"] += 1_000_000
    found = self_reported(warehouse, SCOPE, TERMS)
    keyed = {(model, answer, segment): credit for model, answer, segment, credit, _ in found.rows()}
    assert keyed == {
        key: Decimal(units) / 1_000_000 for key, units in expected.items() if units or key in keyed
    }
    assert set(found["said"]) == {"Email", "A colleague", NOT_SAID}
    agreeing = found.filter("agrees").select("said", "segment").unique()
    assert agreeing.rows() == [("Email", "Email")]


def test_without_a_deal_there_is_nothing_said() -> None:
    assert self_reported(DraftWarehouse().hold(random_facts(3, leads=0)), SCOPE, TERMS).is_empty()
