"""Credit of loaded paths against plain Python, path by path and by walking the chain."""

from __future__ import annotations

from decimal import Decimal

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError
from data.sql import Query
from data.terms.attribution import CreditModel
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.loaded_paths.credit import path_credit, path_credit_of, path_value_credit
from metrics.attribution.loaded_paths.question import PathQuestion
from metrics.attribution.loaded_paths.steps import touch_steps
from metrics.attribution.loaded_paths.totals import loaded_paths
from metrics.attribution.models import own_rules
from metrics.attribution.question import PathKind, Worth
from metrics.attribution.rules import shared_steps
from metrics.scope import Dimension
from tests.metrics.attribution.loaded_paths.path_oracle import (
    Told,
    by_weight,
    channels_of,
    facts_of,
    random_paths,
    removal,
    shapley,
    shares,
    told,
    units,
)
from tests.metrics.facts import TERMS, DraftWarehouse, Facts

RULES = (
    "first", "last", "last_non_direct", "linear", "u_shaped", "first_and_last", "j_shaped",
    "inverse_j", "unique_linear",
)  # fmt: skip

PATHS = random_paths(1, 120)


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(facts_of(PATHS))


def credit_by(draft: DraftWarehouse, question: PathQuestion, model: str) -> dict[str, Decimal]:
    rows = path_credit_of(draft, question, "USD").filter(model=model)
    return dict(rows.select("segment", "credit").iter_rows())


@pytest.mark.parametrize("worth", Worth)
def test_each_rule_shares_each_path_as_plain_python_does(
    warehouse: DraftWarehouse, worth: Worth
) -> None:
    question = PathQuestion("web", worth)
    assert tuple(rule.name for rule in question.rules) == RULES
    steps = (*touch_steps(question), *shared_steps(question.rules, 1.0, {}))
    found = {
        (model, path, place): credit
        for model, path, place, _, credit in warehouse.query(Query(*steps)).iter_rows()
    }
    expected = {}
    for number, path in enumerate(PATHS):
        amount = path.conversions if worth is Worth.COUNT else path.value
        for model in RULES:
            parts: list[int] | list[None] = [None] * len(path.channels)
            if amount is not None or not path.conversions:
                parts = units(amount or Decimal(0), shares(model, path.channels))
            for place, part in enumerate(parts, start=1):
                expected[model, number + 1, place] = part
    assert found == expected


@pytest.mark.parametrize("worth", Worth)
def test_the_credit_of_every_model_adds_up_to_the_millionth(
    warehouse: DraftWarehouse, worth: Worth
) -> None:
    rows = path_credit_of(warehouse, PathQuestion("web", worth), "USD")
    amounts = [path.conversions if worth is Worth.COUNT else path.value for path in PATHS]
    total = sum((each for each in amounts if each is not None), Decimal(0))
    sums = rows.group_by("model").agg(pl.col("credit").sum())
    assert len(sums) == len(RULES) + 4
    assert set(sums["credit"]) == {total}


def test_models_that_learn_share_by_what_the_walked_chain_loses(warehouse: DraftWarehouse) -> None:
    weights = {f"markov_{order}": removal(PATHS, order) for order in (1, 2, 3)}
    weights["shapley"] = shapley(PATHS)
    for model, weight in weights.items():
        expected = dict.fromkeys([*channels_of(PATHS), UNATTRIBUTED], 0.0)
        for path in PATHS:
            for channel, part in zip(path.channels, by_weight(weight, path.channels), strict=True):
                expected[channel] += float(path.conversions) * part
        found = credit_by(warehouse, PathQuestion("web"), model)
        assert {name: float(each) for name, each in found.items()} == pytest.approx(
            expected, abs=1e-3
        )


def test_what_a_segment_was_in_stands_beside_its_credit(warehouse: DraftWarehouse) -> None:
    rows = path_value_credit(warehouse, TERMS).filter(model="linear")
    for row in rows.filter(pl.col("segment") != UNATTRIBUTED).iter_rows(named=True):
        having = [path for path in PATHS if row["segment"] in path.channels]
        assert row["paths"] == len(having)
        assert row["conversions"] == sum(path.conversions for path in having)
        assert row["nulls"] == sum(path.nulls for path in having)
        unknown = sum(path.conversions for path in having if path.value is None)
        assert row["unpriced"] == unknown > 0


@pytest.mark.parametrize(
    ("model", "channels", "expected"),
    [
        ("u_shaped", "A", {"A": "1"}),
        ("u_shaped", "AB", {"A": "0.5", "B": "0.5"}),
        ("u_shaped", "ABC", {"A": "0.4", "B": "0.2", "C": "0.4"}),
        ("j_shaped", "AB", {"A": "0.25", "B": "0.75"}),
        ("linear", "ABA", {"A": "0.666667", "B": "0.333333"}),
        ("linear", "AAB", {"A": "0.666667", "B": "0.333333"}),
        ("linear", "ABC", {"A": "0.333334", "B": "0.333333", "C": "0.333333"}),
        ("unique_linear", "ABA", {"A": "0.5", "B": "0.5"}),
        ("last_non_direct", "ABDD", {"A": "0", "B": "1", "Direct": "0"}),
        ("last_non_direct", "DD", {"Direct": "1"}),
        # Of those at A half convert: without B half is lost, without A everything.
        ("markov_1", "ABA", {"A": "0.666667", "B": "0.333333"}),
        ("shapley", "AA", {"A": "1"}),
    ],
)
def test_edges_counted_by_hand(
    draft: DraftWarehouse, model: str, channels: str, expected: dict[str, str]
) -> None:
    draft.hold(facts_of([told(channels, "1")]))
    found = credit_by(draft, PathQuestion("web"), model)
    assert found.pop(UNATTRIBUTED) == 0
    assert found == {name: Decimal(each) for name, each in expected.items()}


def test_a_channel_that_only_lost_earns_nothing_and_is_shown(draft: DraftWarehouse) -> None:
    draft.hold(facts_of([told("AB", "2", "10", nulls="1"), told("CB", "0", nulls="4")]))
    rows = path_credit(draft, TERMS).filter(segment="C")
    assert len(rows) == len(RULES) + 4
    assert set(rows["credit"]) == {0}
    assert set(rows["nulls"]) == {4}


def test_nulls_feed_the_chain(draft: DraftWarehouse) -> None:
    paths = [told("AB", "2"), told("A", "3"), told("B", "1")]
    draft.hold(facts_of(paths))
    before = credit_by(draft, PathQuestion("web"), "markov_1")
    draft.hold(facts_of([*paths, told("BA", "0", nulls="9")]))
    after = credit_by(draft, PathQuestion("web"), "markov_1")
    assert before != after
    assert sum(before.values()) == sum(after.values()) == 6
    rule = credit_by(draft, PathQuestion("web"), "linear")
    assert rule == {"A": 4, "B": 2, UNATTRIBUTED: 0}


def test_where_nothing_converts_nobody_earns_anything(draft: DraftWarehouse) -> None:
    draft.hold(facts_of([told("AB", "0", nulls="3")]))
    rows = path_credit(draft, TERMS)
    assert set(rows["credit"]) == {0}
    assert rows["share"].null_count() == len(rows)


def test_what_no_double_holds_still_adds_up(draft: DraftWarehouse) -> None:
    largest = "999999999999.999999"
    draft.hold(facts_of([told("ABC", "1", largest), told("CB", "1", largest)]))
    rows = path_value_credit(draft, TERMS)
    sums = rows.group_by("model").agg(pl.col("credit").sum())
    assert set(sums["credit"]) == {2 * Decimal(largest)}
    assert credit_by(draft, PathQuestion("web", Worth.AMOUNT), "first") == {
        "A": Decimal(largest), "C": Decimal(largest), "B": 0, UNATTRIBUTED: 0,
    }  # fmt: skip


def test_systems_are_told_apart(draft: DraftWarehouse) -> None:
    both = facts_of([told("AB", "2", "7.5")], "web").plus(facts_of([told("BC", "3")], "crm"))
    draft.hold(both)
    rows = (
        path_credit(draft, TERMS).filter(model="first", credit=0).select("source_system", "segment")
    )
    assert rows.rows() == [
        ("crm", "C"), ("crm", UNATTRIBUTED), ("web", "B"), ("web", UNATTRIBUTED)
    ]  # fmt: skip
    assert set(path_value_credit(draft, TERMS)["source_system"]) == {"web"}
    assert loaded_paths(draft).rows() == [
        ("crm", 1, 2, 2, 0, Decimal(3), None, 0, Decimal(0)),
        ("web", 1, 2, 2, 0, Decimal(2), Decimal("7.5"), 1, Decimal(0)),
    ]


def test_nothing_is_loaded(draft: DraftWarehouse) -> None:
    draft.hold(Facts())
    assert path_credit(draft, TERMS).is_empty()
    assert path_value_credit(draft, TERMS).is_empty()
    assert loaded_paths(draft).is_empty()


def test_a_path_without_a_touch_stays_unattributed(draft: DraftWarehouse) -> None:
    facts = facts_of([told("A", "2"), told("B", "0.5")])
    touches = tuple(each for each in facts.path_touch if each["channel"] == "A")
    draft.hold(Facts(path=facts.path, path_touch=touches))
    for model in ("first", "markov_1", "shapley"):
        found = credit_by(draft, PathQuestion("web"), model)
        assert found == {"A": 2, UNATTRIBUTED: Decimal("0.5")}
    draft.hold(Facts(path=facts.path))
    assert credit_by(draft, PathQuestion("web"), "linear") == {UNATTRIBUTED: Decimal("2.5")}


def test_touches_of_a_journey_that_no_row_weighs_are_counted(draft: DraftWarehouse) -> None:
    facts = facts_of([told("AB", "2"), told("BC", "1")])
    draft.hold(Facts(path=facts.path[:1], path_touch=facts.path_touch))
    row = loaded_paths(draft).row(0, named=True)
    assert (row["paths"], row["touches"], row["touches_without_path"]) == (1, 4, 2)
    assert set(path_credit(draft, TERMS)["segment"]) == {"A", "B", UNATTRIBUTED}
    draft.hold(Facts(path=(), path_touch=facts.path_touch, lead=({"lead_id": "L1"},)))
    assert loaded_paths(draft)["touches_without_path"].to_list() == [4]
    assert set(path_credit(draft, TERMS)["credit"]) == {0}


def test_a_value_in_another_currency_has_no_rate(draft: DraftWarehouse) -> None:
    facts = facts_of([told("A", "2", "10")])
    draft.hold(Facts(path=({**facts.path[0], "currency": "CHF"},), path_touch=facts.path_touch))
    with pytest.raises(MetricError, match="1 paths of web have their value in CHF") as raised:
        path_value_credit(draft, TERMS)
    assert "Convert the values in the file" in str(raised.value)
    assert path_credit(draft, TERMS)["credit"].max() == 2
    draft.hold(Facts(path=({**facts.path[0], "currency": "USD"},), path_touch=facts.path_touch))
    assert path_value_credit(draft, TERMS)["credit"].max() == 10


def test_models_that_need_times_are_named_with_the_reason(draft: DraftWarehouse) -> None:
    own = [
        CreditModel(name="ours", label="Ours", first=70, last=30),
        CreditModel(name="late", label="Late", last=50, decay=50),
    ]
    terms = Definitions.model_validate(TERMS.model_dump() | {"attribution": {"model": own}})
    draft.hold(facts_of([told("ABC", "1")]))
    rows = path_credit(draft, terms)
    assert "late" not in set(rows["model"])
    ours = rows.filter(model="ours", segment="A")
    assert ours["credit"].item() == Decimal("0.7")
    asked = PathQuestion("web", own_rules=own_rules(terms.attribution.model))
    assert asked.not_answered == {
        "W-shaped 30/30/30/10":
            "it needs the moments at which the lead was created and the deal was opened",
        "Full path 22.5 × 4/10":
            "it needs the moments at which the lead was created and the deal was opened",
        "Time decay": "it needs the days before the conversion",
        "Late": "it needs the days before the conversion",
    }  # fmt: skip
    with pytest.raises(MetricError, match="touches are not recorded by"):
        PathQuestion("web", by=Dimension.REGION)


def test_which_touches_of_a_path_count_is_asked_as_of_other_touches(draft: DraftWarehouse) -> None:
    draft.hold(facts_of([told("AABA", "1")]))
    thirds = {"A": Decimal("0.666667"), "B": Decimal("0.333333"), UNATTRIBUTED: Decimal(0)}
    asked = PathQuestion("web", path=PathKind.COLLAPSED)
    assert credit_by(draft, asked, "linear") == thirds
    asked = PathQuestion("web", path=PathKind.LAST_OF_EACH)
    assert credit_by(draft, asked, "first")["B"] == 1
    assert credit_by(draft, PathQuestion("web"), "linear")["A"] == Decimal("0.75")


def test_credit_by_campaign_is_of_the_touches_that_name_one(draft: DraftWarehouse) -> None:
    facts = facts_of([told("AB", "1")])
    first, second = facts.path_touch
    draft.hold(Facts(path=facts.path, path_touch=({**first, "campaign": "Pumps"}, second)))
    found = credit_by(draft, PathQuestion("web", by=Dimension.CAMPAIGN), "first")
    assert found == {"Pumps": 1, "Unassigned": 0, UNATTRIBUTED: 0}


def test_the_order_of_rows_makes_no_difference(draft: DraftWarehouse) -> None:
    paths: list[Told] = random_paths(5, 25)
    facts = facts_of(paths)
    whole = path_credit(draft.hold(facts), TERMS)
    again = path_credit(draft.hold(facts.shuffled(3)), TERMS)
    assert again.drop("share").equals(whole.drop("share"))
