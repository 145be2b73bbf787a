"""The audit trail of each conversion, against plain Python and by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from data.errors import MetricError
from metrics.attribution.comparing.audit_trail import audit_trail
from metrics.attribution.models import RULES
from metrics.attribution.question import PathKind, Question, Sharing, Touched, Worth
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.attribution import oracle, trail_oracle
from tests.metrics.facts import DraftWarehouse, Facts, account, lead, opportunity, touch
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import at

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
USUAL = Question(SCOPE)
MARKS = ("is_first", "is_before_lead", "is_before_deal", "is_last")


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(1, leads=150))


@pytest.mark.parametrize(
    "question",
    [
        USUAL,
        replace(USUAL, event=Stage.SQL, worth=Worth.COUNT, touched=Touched.PERSON),
        replace(USUAL, sharing=Sharing.SHARED, path=PathKind.LAST_OF_EACH),
        replace(
            USUAL,
            by=Dimension.CAMPAIGN,
            scope=replace(SCOPE, filters=(Filter(Dimension.REGION, ("EMEA", "华东")),)),
        ),
    ],
    ids=lambda each: f"{each.event}-{each.touched}-{each.sharing}-{each.by}",
)
def test_a_trail_is_that_of_plain_python(warehouse: DraftWarehouse, question: Question) -> None:
    everyone, touches = oracle.conversions(warehouse, question), oracle.rows(warehouse, "touch")
    asked = oracle.in_period(question, everyone)
    earned = oracle.credit_units(warehouse, question, 20)
    long = [each for each in asked if len(oracle.path(question, each, everyone, touches)) > 1]
    for one in [*long[:5], *asked[:3]]:
        found = audit_trail(warehouse, question, one["id"], 20)
        path = oracle.path(question, one, everyone, touches)
        eligible = found.touches.filter(pl.col("standing") != "not_eligible")
        standing = dict(eligible.select("interaction_id", "standing").iter_rows())
        assert standing == trail_oracle.standings(question, one, everyone, touches)
        counted = found.touches.filter(standing="counted").sort("place")
        assert counted["interaction_id"].to_list() == [each["interaction_id"] for each in path]
        for name, touched in trail_oracle.milestones(one, path).items():
            marked = counted.filter(pl.col(name))["interaction_id"].to_list()
            assert marked == ([touched] if touched else []), name
        per_unit = 1_000_000 if question.worth is Worth.COUNT else 100
        expected = {
            (model, touch): units
            for (model, subject, touch), units in earned.items()
            if subject == one["id"]
        }
        assert {
            (model, touch): None if credit is None else credit * per_unit
            for model, touch, credit in found.weights.select(
                "model", "interaction_id", "credit"
            ).iter_rows()
        } == expected
        sums = found.weights.group_by("model").agg(pl.col("weight", "credit").sum())
        assert set(sums["weight"]) == ({Decimal(1)} if path else set())
        if one["units"] is not None:
            worth = Decimal(one["units"]) / per_unit
            assert found.conversion.worth == worth
            assert set(sums["credit"]) == ({worth} if path else set())


WON = {"outcome": "won", "currency": "USD", "account_id": "A1", "original_amount": Decimal("100")}
PEOPLE = ({"person_id": "P1", "account_id": "A1"}, {"person_id": "P2", "account_id": "A1"})
TWO_DEALS = Facts(
    account=(account("A1", "One"),),
    person=PEOPLE,
    lead=(lead("L1", at(2, 12), person_id="P1"), lead("L2", at(2, 12), person_id="P2")),
    opportunity=(
        opportunity("O1", at(1, 2), closed_at=at(2, 1), **WON),
        opportunity("O2", at(2, 14), closed_at=at(3, 1), primary_lead_id="L1", **WON),
    ),
    interaction=(
        touch("I0", at(1, 20), "P1"),  # before the lookback, and used up by O1 first
        touch("I1", at(2, 1), "P1", channel="Email"),  # on the day that O1 was won
        touch("I2", at(2, 8), "P1"),
        touch("I3", at(2, 8, 10), "P1"),
        touch("I35", at(2, 8, 11), "P2"),  # somebody else on that day
        touch("I4", at(2, 11), "P2"),
        touch("I5", at(2, 13), "P1", channel="Email"),
        touch("I6", at(2, 15), "P1", action="email_sent", channel="Email", campaign_id="C-gone"),
        touch("I7", at(3, 1, 22), "P2"),  # on the day of the conversion
        touch("I8", at(3, 1, 23), "P2"),
        touch("I9", at(3, 2), "P1"),
    ),
)
MARCH = Question(Scope(Period(date(2026, 3, 1), date(2026, 3, 31)), date(2026, 3, 31)))


def standing(found: pl.DataFrame) -> list[tuple[str, str]]:
    return found.select("interaction_id", "standing").rows()


def test_every_touch_says_why_it_does_not_count(draft: DraftWarehouse) -> None:
    draft.hold(TWO_DEALS)
    found = audit_trail(draft, replace(MARCH, lookback_days=21), "O2", 20)
    assert standing(found.touches) == [
        ("I0", "used_up"), ("I1", "used_up"), ("I2", "counted"), ("I3", "same_day"),
        ("I35", "collapsed"), ("I4", "collapsed"), ("I5", "counted"),
        ("I6", "not_eligible"), ("I7", "counted"),
        ("I8", "same_day"), ("I9", "after_event"),
    ]  # fmt: skip
    conversion = found.conversion
    assert (conversion.account, conversion.converted_on) == ("One", date(2026, 3, 1))
    assert (conversion.lead_at, conversion.opened_at) == (at(2, 12), at(2, 14))
    assert conversion.after is not None
    assert conversion.after.date() == date(2026, 2, 1)
    assert found.touches["days_before"].to_list()[-2:] == [0, -1]
    marks = {name: found.touches.filter(pl.col(name))["interaction_id"].to_list() for name in MARKS}
    assert marks == {
        "is_first": ["I2"], "is_before_lead": ["I2"], "is_before_deal": ["I5"], "is_last": ["I7"],
    }  # fmt: skip
    assert found.touches.filter(interaction_id="I6")["campaign"].item() == "C-gone"
    # With a lookback all models are there, in their order.
    assert found.weights["model"].unique(maintain_order=True).to_list() == list(USUAL.models)


def test_of_a_person_the_others_at_the_account_do_not_count(draft: DraftWarehouse) -> None:
    draft.hold(TWO_DEALS)
    found = audit_trail(draft, replace(MARCH, touched=Touched.PERSON, lookback_days=21), "O2", 20)
    assert standing(found.touches) == [
        ("I0", "outside_lookback"), ("I1", "outside_lookback"), ("I2", "counted"),
        ("I3", "same_day"), ("I35", "other_person"), ("I4", "other_person"),
        ("I5", "counted"), ("I6", "not_eligible"),
        ("I7", "other_person"), ("I8", "other_person"), ("I9", "after_event"),
    ]  # fmt: skip


def test_a_conversion_of_one_touch_and_one_of_none(draft: DraftWarehouse) -> None:
    facts = replace(TWO_DEALS, interaction=TWO_DEALS.interaction[5:6])
    draft.hold(facts)
    found = audit_trail(draft, MARCH, "O2", 20)
    assert found.weights.select("place", "weight", "credit").unique().rows() == [
        (1, Decimal(1), Decimal(100))
    ]
    assert len(found.weights) == len(RULES)
    draft.hold(replace(facts, interaction=()))
    nothing = audit_trail(draft, MARCH, "O2", 20)
    assert (len(nothing.touches), len(nothing.weights)) == (0, 0)
    assert nothing.conversion.worth == Decimal(100)


def test_without_an_amount_weights_are_known_and_credits_are_not(draft: DraftWarehouse) -> None:
    unpriced = tuple({**each, "original_amount": None} for each in TWO_DEALS.opportunity)
    draft.hold(replace(TWO_DEALS, opportunity=unpriced))
    found = audit_trail(draft, MARCH, "O2", 20)
    assert found.conversion.worth is None
    assert found.weights["credit"].null_count() == len(found.weights) > 0
    assert set(found.weights.group_by("model").agg(pl.col("weight").sum())["weight"]) == {1}


@pytest.mark.parametrize("name", ["O1", "nobody's", "' OR 1 = 1 --"])
def test_what_did_not_convert_in_the_period_is_refused(draft: DraftWarehouse, name: str) -> None:
    draft.hold(TWO_DEALS)
    with pytest.raises(MetricError, match="was won in the period"):
        audit_trail(draft, MARCH, name, 20)
    with pytest.raises(MetricError, match="half-life"):
        audit_trail(draft, MARCH, "O2", 0)
