"""Models side by side: shares, ranks and spread as one would count them in the credit table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from data.definitions import Definitions
from data.errors import MetricError
from data.schema.contract import columns
from data.schema.frames import DataFrame
from metrics.attribution.bounds import UNATTRIBUTED
from metrics.attribution.comparing.models import (
    beyond_order_one,
    compare_models,
    model_comparison,
)
from metrics.attribution.credit import Credit, channel_credit, credit_of
from metrics.attribution.models import RULES
from metrics.attribution.question import Question
from metrics.period import Period
from metrics.scope import Scope
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import QUARTER, SEEN, TWELVE

SCOPE = Scope(Period(date(2024, 2, 1), date(2025, 12, 31)), date(2026, 1, 31))


@pytest.fixture(scope="module")
def credit() -> DataFrame[Credit]:
    warehouse = DraftWarehouse().hold(random_facts(3, leads=200))
    return credit_of(warehouse, Question(SCOPE, lookback_days=300), 20)


@pytest.mark.parametrize("reference", ["linear", "last", "markov_1"])
def test_ranks_and_spread_are_those_of_the_credit(
    credit: DataFrame[Credit], reference: str
) -> None:
    found = compare_models(credit, reference)
    rows = {(row["segment"], row["model"]): row for row in credit.iter_rows(named=True)}
    assert len(found) == len(rows)

    def rank(segment: str, model: str) -> int:
        ahead = [
            other
            for (other, by), each in rows.items()
            if by == model
            and other != UNATTRIBUTED
            and each["credit"] > rows[segment, model]["credit"]
        ]
        return 1 + len(ahead)

    for row in found.iter_rows(named=True):
        segment, model = row["segment"], row["model"]
        own, base = rows[segment, model], rows[segment, reference]
        assert (row["credit"], row["share"]) == (own["credit"], own["share"])
        assert row["share_change"] == pytest.approx(own["share"] - base["share"])
        told = [
            each["share"]
            for (other, _), each in rows.items()
            if other == segment and each["is_told"]
        ]
        assert row["spread"] == pytest.approx(max(told) - min(told))
        assert rows[segment, row["share_highest_by"]]["share"] == max(told)
        assert rows[segment, row["share_lowest_by"]]["share"] == min(told)
        if segment == UNATTRIBUTED:
            assert (row["rank"], row["rank_change"], row["spread"]) == (None, None, 0)
        else:
            assert row["rank"] == rank(segment, model)
            assert row["rank_change"] == rank(segment, reference) - rank(segment, model)


def test_the_furthest_apart_come_first_and_unattributed_last(credit: DataFrame[Credit]) -> None:
    found = compare_models(credit)
    spreads = found.unique("segment", maintain_order=True)
    assert spreads["segment"][-1] == UNATTRIBUTED
    assert spreads["spread"][:-1].is_sorted(descending=True)
    assert found["share_change"].filter(found["model"] == "linear").to_list() == [0] * len(spreads)


def of(*rows: tuple[str, str, int, float, bool]) -> DataFrame[Credit]:
    """A credit frame of model, segment, credit, share, whether it is told."""
    names = ("model", "segment", "credit", "share", "is_told")
    frame = pl.DataFrame(rows, schema=list(names), orient="row")
    empty = frame.with_columns(conversions=1, unpriced=0, share_low=None, share_high=None)
    return Credit.validate(empty.select(list(columns(Credit))).cast(pl.Schema(columns(Credit))))


def test_equal_credit_is_an_equal_rank_and_the_first_model_is_named() -> None:
    found = compare_models(
        of(
            ("first", "Email", 5, 0.5, True), ("first", "Fair", 5, 0.5, True),
            ("last", "Email", 5, 0.5, True), ("last", "Fair", 5, 0.5, True),
            ("linear", "Email", 9, 0.9, True), ("linear", "Fair", 1, 0.1, True),
            *((name, "Search", 0, 0.0, True) for name in ("first", "last", "linear")),
        )
    )  # fmt: skip
    assert found.filter(segment="Search")["rank"].to_list() == [3, 3, 3]
    others = found.filter(pl.col("segment") != "Search")
    ranks = others.select("segment", "model", "rank", "rank_change").rows()
    assert ranks == [
        ("Email", "first", 1, 0), ("Email", "last", 1, 0), ("Email", "linear", 1, 0),
        ("Fair", "first", 1, 1), ("Fair", "last", 1, 1), ("Fair", "linear", 2, 0),
    ]  # fmt: skip
    assert others["share_lowest_by"].to_list() == ["first"] * 3 + ["linear"] * 3
    assert others["share_highest_by"].to_list() == ["linear"] * 3 + ["first"] * 3


def test_a_share_that_is_not_told_makes_no_spread() -> None:
    rows = [("linear", "Email", 5, 0.5, True), ("markov_1", "Email", 9, 0.9, False)]
    found = compare_models(of(*rows))
    assert found["spread"].to_list() == [0, 0]
    assert found["share"].to_list() == [0.5, 0.9]


def test_a_model_that_is_not_there_is_no_reference() -> None:
    with pytest.raises(MetricError, match="'shapley' is not among the models here: use one of lin"):
        compare_models(of(("linear", "Email", 1, 1.0, True)), "shapley")


def test_the_metric_compares_the_credit_of_channels() -> None:
    warehouse, scope = DraftWarehouse().hold(TWELVE), Scope(QUARTER, SEEN)
    found = model_comparison(warehouse, scope, Definitions.load())
    assert found.equals(compare_models(channel_credit(warehouse, scope, Definitions.load())))
    assert set(found["model"]) >= {rule.name for rule in RULES}
    # Nothing is credited where nothing is worth anything: no shares, and so no ranks.
    unpriced = tuple({**each, "original_amount": None} for each in TWELVE.opportunity)
    nothing = model_comparison(
        DraftWarehouse().hold(replace(TWELVE, opportunity=unpriced)), scope, Definitions.load()
    )
    assert nothing["share"].null_count() == nothing["rank"].null_count() == len(nothing) > 0


def test_a_longer_memory_is_held_against_the_bounds_of_order_one(
    credit: DataFrame[Credit],
) -> None:
    """Of bounds that are drawn narrow, so that some shares lie outside; counted one by one."""
    narrow = credit.with_columns(
        share_low=pl.when(model="markov_1").then(pl.col("share") * 0.98),
        share_high=pl.when(model="markov_1").then(pl.col("share") * 1.01),
        is_told=pl.col("segment") != credit["segment"][0],
    )
    first = {row["segment"]: row for row in narrow.filter(model="markov_1").iter_rows(named=True)}
    expected = []
    for row in narrow.filter(pl.col("model").is_in(["markov_2", "markov_3"])).iter_rows(named=True):
        known = first[row["segment"]]
        outside = max(known["share_low"] - row["share"], row["share"] - known["share_high"])
        if row["segment"] != UNATTRIBUTED and known["is_told"] and outside > 0:
            expected.append((outside, row["model"], row["segment"]))
    assert expected
    found = beyond_order_one(narrow).select("model", "segment").rows()
    assert found == [each[1:] for each in sorted(expected, key=lambda each: -each[0])]
    assert len(found) < 2 * (len(first) - 2) + 1
