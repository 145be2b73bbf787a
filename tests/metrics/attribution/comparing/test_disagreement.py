"""Why two models disagree: the deals' differences add up to the segments', exactly."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError, MissingRateError
from data.terms.attribution import AttributionTerms
from metrics.attribution.comparing.disagreement import (
    FIRST_AGAINST_LAST,
    ModelPair,
    deal_differences,
    disagreement,
    two_models,
)
from metrics.attribution.credit import credit_of
from metrics.attribution.question import Question, Sharing, Worth
from metrics.attribution.usual import settled
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.attribution.test_rules import facts_of
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))
USUAL = Question(SCOPE)


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(3))


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        (USUAL, FIRST_AGAINST_LAST),
        (replace(USUAL, event=Stage.MQL, worth=Worth.COUNT), ModelPair("linear", "time_decay")),
        (
            replace(USUAL, event=Stage.OPPORTUNITY, by=Dimension.CAMPAIGN, sharing=Sharing.SHARED),
            ModelPair("w_shaped", "inverse_j"),
        ),
    ],
    ids=["won", "mql", "campaign"],
)
def test_differences_are_those_of_plain_python(
    warehouse: DraftWarehouse, question: Question, pair: ModelPair
) -> None:
    touches = {row["interaction_id"]: row for row in oracle.rows(warehouse, "touch")}
    units: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (model, subject, touch), part in oracle.credit_units(warehouse, question, 20).items():
        if model in (pair.first, pair.second) and part is not None:
            segment = touches[touch][question.by.value]
            units[segment, subject][model == pair.second] += part
    asked = {each["id"]: each for each in oracle.conversions(warehouse, question)}
    per_unit = 1_000_000 if question.worth is Worth.COUNT else 100
    expected = {
        key: (
            asked[key[1]]["day"],
            *(Decimal(each) / per_unit for each in (asked[key[1]]["units"], *of, of[1] - of[0])),
        )
        for key, of in units.items()
        if of[0] != of[1]
    }
    found = two_models(warehouse, question, 20, pair)
    assert {
        (row["segment"], row["subject_id"]): tuple(
            row[name]
            for name in ("converted_on", "worth", "first_credit", "second_credit", "difference")
        )
        for row in found.deals.iter_rows(named=True)
    } == expected
    assert len(expected) >= 4
    for row in found.segments.iter_rows(named=True):
        of_segment = [each for (segment, _), each in units.items() if segment == row["segment"]]
        shifts = [second - first for first, second in of_segment]
        gain = sum(shifts)
        assert row["difference"] == Decimal(gain) / per_unit
        assert row["first_credit"] == Decimal(sum(first for first, _ in of_segment)) / per_unit
        assert row["conversions"] == len(of_segment)
        assert row["gaining"] == sum(each > 0 for each in shifts)
        assert row["losing"] == sum(each < 0 for each in shifts)
        same_way = sorted((abs(each) for each in shifts if each * gain > 0), reverse=True)
        fewest = next(
            (many for many in range(1, len(same_way) + 1)
             if 2 * sum(same_way[:many]) >= sum(same_way)), 0
        )  # fmt: skip
        assert row["decided_by"] == fewest


def test_everything_adds_up(warehouse: DraftWarehouse) -> None:
    question = replace(USUAL, lookback_days=300)
    credit = credit_of(warehouse, question, 20)
    for pair in (FIRST_AGAINST_LAST, ModelPair("linear", "shapley")):
        found = two_models(warehouse, question, 20, pair)
        gains = found.deals.group_by("segment").agg(pl.col("difference").sum())
        whole = found.segments.filter(pl.col("difference") != 0)
        assert dict(gains.iter_rows()) == dict(whole.select("segment", "difference").iter_rows())
        assert found.segments["difference"].sum() == 0
        by_deal = found.deals.group_by("subject_id").agg(pl.col("difference").sum())
        assert set(by_deal["difference"]) == {Decimal(0)}
        for model, name in ((pair.first, "first_credit"), (pair.second, "second_credit")):
            of_model = dict(credit.filter(model=model).select("segment", "credit").iter_rows())
            of_model.pop("Unattributed")
            assert dict(found.segments.select("segment", name).iter_rows()) == of_model
        shares = {
            model: dict(credit.filter(model=model).select("segment", "share").iter_rows())
            for model in (pair.first, pair.second)
        }
        for segment, change in found.segments.select("segment", "share_difference").iter_rows():
            between = shares[pair.second][segment] - shares[pair.first][segment]
            assert change == pytest.approx(between)


def test_the_largest_come_first(warehouse: DraftWarehouse) -> None:
    found = two_models(warehouse, USUAL, 20, FIRST_AGAINST_LAST)
    assert found.segments["difference"].is_sorted(descending=True)
    order = found.deals["segment"].unique(maintain_order=True).to_list()
    assert order == [each for each in found.segments["segment"] if each in set(order)]
    for _, rows in found.deals.group_by("segment"):
        assert rows["difference"].abs().is_sorted(descending=True)


MARCH = Question(Scope(Period(date(2026, 1, 1), date(2026, 3, 31)), date(2026, 3, 31)))


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ("A", []),
        ("AB", [("B", Decimal(1)), ("A", Decimal(-1))]),
        # A loop: first and last are one channel, which neither gains nor loses.
        ("ABA", []),
        ("", []),
    ],
)
def test_edges_counted_by_hand(
    draft: DraftWarehouse, channels: str, expected: list[tuple[str, Decimal]]
) -> None:
    draft.hold(facts_of(list(channels)))
    found = two_models(draft, MARCH, 20, FIRST_AGAINST_LAST)
    assert found.deals.select("segment", "difference").rows() == expected
    assert set(found.segments["segment"]) == set(channels)
    assert set(found.deals["account"]) <= {"One"}


def test_the_metrics_hold_the_last_touch_against_the_first() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    usual = settled(warehouse, Question(scope), AttributionTerms())
    found = two_models(warehouse, *usual, FIRST_AGAINST_LAST)
    assert disagreement(warehouse, scope, Definitions.load()).equals(found.segments)
    assert deal_differences(warehouse, scope, Definitions.load()).equals(found.deals)
    # O3: a call on 2 January, an e-mail on the 12th, won on the 15th; 700 EUR at 1.1.
    assert found.deals.select("segment", "subject_id", "difference").rows() == [
        ("Email", "O3", Decimal(770)), ("Outbound Sales", "O3", Decimal(-770)),
    ]  # fmt: skip


def test_what_cannot_be_asked_is_refused(warehouse: DraftWarehouse) -> None:
    with pytest.raises(MetricError, match="no model 'middle'"):
        two_models(warehouse, USUAL, 20, ModelPair("first", "middle"))
    with pytest.raises(MetricError, match="last is both models"):
        ModelPair("last", "last")
    learnt = ModelPair("first", "markov_1")
    with pytest.raises(MetricError, match="markov_1 learns from journeys, which need a lookback"):
        two_models(warehouse, USUAL, 20, learnt)
    scope = replace(SCOPE, filters=(Filter(Dimension.REGION, ("EMEA",)),))
    with pytest.raises(MetricError, match="remove the filter"):
        two_models(warehouse, Question(scope, lookback_days=30), 20, learnt)
    with pytest.raises(MetricError, match="half-life"):
        two_models(warehouse, USUAL, -1, FIRST_AGAINST_LAST)
    without_rates = DraftWarehouse().hold(replace(TWELVE, exchange_rate=()))
    with pytest.raises(MissingRateError, match="EUR"):
        disagreement(without_rates, Scope(QUARTER, SEEN), Definitions.load())
