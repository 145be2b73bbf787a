"""Credit by channel: it equals the CRM's number, and what has no touch is a row of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError, MissingRateError
from data.terms.attribution import AttributionTerms, CreditModel
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.credit import channel_credit, credit_of
from metrics.attribution.models import RULES, own_rules
from metrics.attribution.question import Question, Sharing, Touched, Worth
from metrics.attribution.usual import settled, usual_days
from metrics.headline import headline
from metrics.period import Period
from metrics.scope import Dimension, Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.facts import DraftWarehouse, Facts, opportunity, touch
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE, at

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(3))


@pytest.mark.parametrize(
    ("event", "worth", "touched"), list(product((Stage.MQL, Stage.WON), Worth, Touched))
)
def test_every_model_adds_up_to_all_conversions(
    warehouse: DraftWarehouse, event: Stage, worth: Worth, touched: Touched
) -> None:
    question = Question(SCOPE, event=event, worth=worth, touched=touched)
    found = credit_of(warehouse, question, 20)
    all_of_them = oracle.in_period(question, oracle.conversions(warehouse, question))
    units = sum(each["units"] or 0 for each in all_of_them)
    expected = Decimal(units) / (1_000_000 if worth is Worth.COUNT else 100)
    sums = found.group_by("model").agg(pl.col("credit").sum(), pl.col("share").sum())
    assert len(sums) == len(RULES)
    assert set(sums["credit"]) == {expected}
    assert sums["share"].to_list() == pytest.approx([1.0] * len(RULES))


def test_the_credit_of_all_channels_is_the_revenue_of_the_headline() -> None:
    warehouse = DraftWarehouse().hold(TWELVE)
    scope = Scope(QUARTER, SEEN)
    found = channel_credit(warehouse, scope, Definitions.load())
    won = headline(warehouse, scope)["won_amount"].item()
    for (model,), rows in found.group_by("model"):
        assert rows["credit"].sum() == won, model
        (last,) = rows.tail(1)["segment"]
        assert last == UNATTRIBUTED
        # O4 is won without a recorded amount.
        assert rows["unpriced"].sum() == 1


def test_conversions_are_those_with_a_touch_of_the_segment(warehouse: DraftWarehouse) -> None:
    question = Question(SCOPE, event=Stage.MQL, worth=Worth.COUNT)
    everyone = oracle.conversions(warehouse, question)
    touches = oracle.rows(warehouse, "touch")
    paths = [
        {each["channel"] for each in oracle.path(question, one, everyone, touches)}
        for one in oracle.in_period(question, everyone)
    ]
    found = credit_of(warehouse, question, 20).filter(model="linear")
    counted = dict(found.select("segment", "conversions").iter_rows())
    assert counted.pop(UNATTRIBUTED) == sum(not path for path in paths)
    assert counted == {
        channel: sum(channel in path for path in paths) for channel in set().union(*paths)
    }


def test_the_usual_days_reach_nine_first_touches_in_ten(warehouse: DraftWarehouse) -> None:
    question = Question(SCOPE, event=Stage.MQL)
    everyone, touches = oracle.conversions(warehouse, question), oracle.rows(warehouse, "touch")
    paths = [
        [(one["day"] - each["occurred_on"]).days for each in found]
        for one in oracle.in_period(question, everyone)
        if (found := oracle.path(question, one, everyone, touches))
    ]
    firsts = sorted(days[0] for days in paths)
    row = usual_days(warehouse, question).row(0, named=True)
    assert row["touched_conversions"] == len(firsts)
    assert row["lookback_days"] == firsts[-(-9 * len(firsts) // 10) - 1]
    assert row["half_life_days"] == firsts[-(-len(firsts) // 2) - 1] / 2
    cut = [day > row["lookback_days"] for days in paths for day in days]
    assert row["share_cut"] == pytest.approx(sum(cut) / len(cut))


def test_without_touches_everything_is_unattributed() -> None:
    facts = replace(TWELVE, interaction=())
    found = channel_credit(DraftWarehouse().hold(facts), Scope(QUARTER, SEEN), Definitions.load())
    assert set(found["segment"]) == {UNATTRIBUTED}
    assert len(found) == len(RULES)
    assert usual_days(DraftWarehouse().hold(facts), Question(Scope(QUARTER, SEEN))).row(0) == (
        0,
        None,
        None,
        None,
    )


def test_touches_that_an_earlier_win_used_up_earn_nothing_again() -> None:
    won = {"outcome": "won", "currency": "USD", "account_id": "A1"}
    facts = Facts(
        person=({"person_id": "P1", "account_id": "A1"},),
        account=({"account_id": "A1"},),
        opportunity=(
            opportunity("O1", at(1, 2), closed_at=at(2, 1), original_amount=Decimal(10), **won),
            opportunity("O2", at(1, 2), closed_at=at(3, 1), original_amount=Decimal(20), **won),
        ),
        interaction=(touch("I1", at(1, 5), "P1"), touch("I2", at(2, 5), "P1", channel="Email")),
    )
    warehouse = DraftWarehouse().hold(facts)
    scope = Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31))
    reset = credit_of(warehouse, Question(scope), 20).filter(model="first")
    assert reset.select("segment", "credit").rows() == [
        ("Email", Decimal(20)), ("Webinar", Decimal(10)), (UNATTRIBUTED, Decimal(0)),
    ]  # fmt: skip
    shared = credit_of(warehouse, Question(scope, sharing=Sharing.SHARED), 20).filter(model="first")
    # Email is in a path and was first in none.
    assert shared.select("segment", "credit").rows() == [
        ("Webinar", Decimal(30)), ("Email", Decimal(0)), (UNATTRIBUTED, Decimal(0)),
    ]  # fmt: skip


def test_an_amount_without_a_rate_is_refused_and_a_count_is_not() -> None:
    facts = replace(TWELVE, exchange_rate=())
    warehouse = DraftWarehouse().hold(facts)
    with pytest.raises(MissingRateError, match="EUR"):
        channel_credit(warehouse, Scope(QUARTER, SEEN), Definitions.load())
    counted = Question(Scope(QUARTER, SEEN), worth=Worth.COUNT)
    assert credit_of(warehouse, counted, 20)["credit"].sum() > 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"event": Stage.LEAD}, "a lead is no conversion: use one of MQL, SQL, opportunity, won"),
        ({"by": Dimension.REGION}, "not recorded by region: use one of channel, campaign, content"),
        ({"lookback_days": 0}, "a lookback of 0 days holds no touch"),
    ],
)
def test_what_cannot_be_asked_is_refused(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(MetricError, match=message):
        Question(SCOPE, **wrong)  # type: ignore[arg-type]


def test_a_half_life_of_nothing_is_refused(warehouse: DraftWarehouse) -> None:
    with pytest.raises(MetricError, match="half-life"):
        credit_of(warehouse, Question(SCOPE), 0)


OURS = CreditModel(name="ours", label="Ours", first=50, rest=20, last=30)


def test_what_the_definitions_fix_goes_before_what_is_usual(warehouse: DraftWarehouse) -> None:
    question = Question(SCOPE)
    usual = usual_days(warehouse, question).row(0, named=True)
    found, half_life = settled(warehouse, question, AttributionTerms(model=(OURS,)))
    assert (found.lookback_days, half_life) == (usual["lookback_days"], usual["half_life_days"])
    assert [rule.name for rule in found.rules] == [*(rule.name for rule in RULES), "ours"]
    fixed = AttributionTerms(lookback_days=90, half_life_days=14)
    found, half_life = settled(warehouse, question, fixed)
    assert (found.lookback_days, half_life) == (90, 14)
    asked, _ = settled(warehouse, replace(question, lookback_days=30), fixed)
    assert asked.lookback_days == 30


@pytest.mark.parametrize("name", ["linear", "shapley"])
def test_a_model_of_ones_own_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(MetricError, match=f"two models are called {name}"):
        own_rules([OURS.model_copy(update={"name": name})])
