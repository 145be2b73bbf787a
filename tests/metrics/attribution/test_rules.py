"""Rule models against plain Python over the touches of each conversion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import polars as pl
import pytest

from data.sql import Query
from metrics.attribution.models import RULES, Rule
from metrics.attribution.question import EVENTS, PathKind, Question, Sharing, Touched, Worth
from metrics.attribution.rules import credit_steps
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.facts import DraftWarehouse, Facts, account, lead, opportunity, touch
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import at

PERIOD = Period(date(2024, 2, 1), date(2025, 12, 31))
SEEN = date(2026, 1, 31)
USUAL = Question(Scope(PERIOD, SEEN))


@pytest.fixture(scope="module", params=[1, 2])
def warehouse(request: pytest.FixtureRequest) -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(request.param, leads=150))


QUESTIONS = [
    *(
        replace(USUAL, event=event, worth=worth, touched=touched, sharing=sharing)
        for event, worth, touched, sharing in product(EVENTS, Worth, Touched, Sharing)
    ),
    *(replace(USUAL, path=path, lookback_days=90) for path in PathKind),
    replace(
        USUAL, own_rules=(Rule("ours", "Ours", first=10, deal=25, rest=20, decay=30, unique=15),)
    ),
    *(replace(USUAL, by=by, path=PathKind.EVERY) for by in (Dimension.CAMPAIGN, Dimension.CONTENT)),
    replace(
        USUAL, scope=replace(USUAL.scope, filters=(Filter(Dimension.REGION, ("EMEA", "华东")),))
    ),
]


@pytest.mark.parametrize(
    "question",
    QUESTIONS,
    ids=lambda each: (
        f"{each.event}-{each.worth}-{each.touched}-{each.sharing}-{each.path}-{each.by}"
    ),
)
def test_credit_is_that_of_plain_python(warehouse: DraftWarehouse, question: Question) -> None:
    found = warehouse.query(Query(*credit_steps(question, 20)))
    keyed = {
        (model, subject, touch): units for model, subject, touch, _, units in found.iter_rows()
    }
    assert keyed == oracle.credit_units(warehouse, question, 20)


@pytest.mark.parametrize("question", [USUAL, replace(USUAL, event=Stage.SQL, worth=Worth.COUNT)])
def test_the_credits_of_a_conversion_add_up_to_its_worth(
    warehouse: DraftWarehouse, question: Question
) -> None:
    worth = {each["id"]: each["units"] for each in oracle.conversions(warehouse, question)}
    earned = warehouse.query(Query(*credit_steps(question, 20)))
    sums = earned.group_by("model", "subject_id").agg(pl.col("credit_units").sum())
    assert len(sums) >= 3 * len(RULES)
    for model, subject, units in sums.iter_rows():
        assert units == (worth[subject] or 0), (model, subject)


def test_models_that_are_not_asked_for_change_nothing_of_those_that_are(
    warehouse: DraftWarehouse,
) -> None:
    asked = {"linear", "w_shaped", "last"}
    few = warehouse.query(Query(*credit_steps(USUAL, 20, models=asked)))
    every = warehouse.query(Query(*credit_steps(USUAL, 20)))
    of_asked = every.filter(pl.col("model").is_in(asked))
    assert set(few["model"]) == asked
    assert sorted(few.iter_rows()) == sorted(of_asked.iter_rows())


def facts_of(
    channels: list[str], lead_day: int | None = 3, deal_day: int = 5, amount: str = "1.00"
) -> Facts:
    """One deal won on 1 March 2026, with a touch on each of the first days of January."""
    leads = () if lead_day is None else (lead("L1", at(1, lead_day, 12), person_id="P1"),)
    return Facts(
        account=(account("A1", "One"),),
        person=({"person_id": "P1", "account_id": "A1"},),
        lead=leads,
        opportunity=(
            opportunity(
                "O1",
                at(1, deal_day, 12),
                account_id="A1",
                closed_at=at(3, 1),
                outcome="won",
                original_amount=Decimal(amount),
                currency="USD",
                primary_lead_id="L1" if leads else None,
            ),
        ),
        interaction=tuple(
            touch(f"I{place}", at(1, place), "P1", channel=channel)
            for place, channel in enumerate(channels, start=1)
        ),
    )


@pytest.mark.parametrize(
    ("model", "channels", "expected"),
    [
        ("u_shaped", "A", [100]),
        ("u_shaped", "AB", [50, 50]),
        ("u_shaped", "ABC", [40, 20, 40]),
        ("u_shaped", "ABCD", [40, 10, 10, 40]),
        ("j_shaped", "AB", [25, 75]),
        ("inverse_j", "AB", [75, 25]),
        ("first_and_last", "ABC", [50, 0, 50]),
        ("linear", "ABC", [34, 33, 33]),
        # The lead was created after the third touch, the deal opened after the fifth.
        ("w_shaped", "ABCDE", [30, 5, 30, 5, 30]),
        ("full_path", "ABCDEF", [23, 5, 23, 5, 22, 22]),
        # The first touch is the last before the lead as well.
        ("w_shaped", "A", [100]),
        ("last_non_direct", ["A", "Direct", "B", "Direct"], [0, 0, 100, 0]),
        ("last_non_direct", ["Direct"], [100]),
        ("unique_linear", "ABAC", [17, 33, 17, 33]),
    ],
)
def test_edges_counted_by_hand(
    draft: DraftWarehouse, model: str, channels: str | list[str], expected: list[int]
) -> None:
    draft.hold(facts_of(list(channels)))
    asked = Question(Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31)))
    found = draft.query(Query(*credit_steps(asked, 20))).filter(model=model)
    assert found.sort("interaction_id")["credit_units"].to_list() == expected


def test_a_milestone_that_is_missing_is_left_out(draft: DraftWarehouse) -> None:
    draft.hold(facts_of(list("ABCD"), lead_day=None, deal_day=2))
    asked = Question(Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31)))
    found = draft.query(Query(*credit_steps(asked, 20))).filter(model="w_shaped")
    # 30 first, 30 at the deal, 10 for two others: of 70.
    assert found.sort("interaction_id")["credit_units"].to_list() == [43, 43, 7, 7]
