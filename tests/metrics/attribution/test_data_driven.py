"""Data-driven weights against chains walked journey by journey, and their credit by deal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import md5

import numpy as np
import polars as pl
import pytest

from data.sql import Query
from metrics.attribution.chains import MOST_GROUPED
from metrics.attribution.credit import credit_of
from metrics.attribution.data_driven import MARKOV, SHAPLEY, Weights, weights
from metrics.attribution.models import DATA_DRIVEN, LONGER_MEMORY
from metrics.attribution.question import PathKind, Question
from metrics.attribution.rules import credit_steps
from metrics.estimators.credit.bands import group_weights
from metrics.estimators.credit.chain import removal_effects
from metrics.period import Period
from metrics.scope import Dimension, Scope
from tests.metrics.estimators.credit.test_chain import (
    random_journeys,
    steps_of,
    walked,
    walked_back,
)
from tests.metrics.facts import DraftWarehouse, Facts, account, opportunity, touch

CHANNELS = ["Email", "Fair", "Search", "Social"]
BEGIN = datetime(2024, 1, 1, 9)
SCOPE = Scope(Period(date(2024, 1, 1), date(2025, 12, 31)), date(2025, 12, 31))
QUESTION = Question(SCOPE, path=PathKind.EVERY)

Journeys = list[tuple[tuple[int, ...], bool]]


def facts_of(journeys: Journeys, names: list[str]) -> Facts:
    """An account for each journey: a touch a day, and a deal won the day after."""
    accounts, people, deals, touches = [], [], [], []
    for number, (path, won) in enumerate(journeys):
        accounts.append(account(f"A{number}"))
        people.append({"person_id": f"P{number}", "account_id": f"A{number}"})
        for place, channel in enumerate(path):
            at = BEGIN + timedelta(days=place)
            touches.append(touch(f"I{number:04}-{place}", at, f"P{number}", channel=names[channel]))
        if won:
            closed = BEGIN + timedelta(days=len(path))
            won_deal = {"outcome": "won", "original_amount": Decimal(100), "currency": "USD"}
            deals.append(
                opportunity(
                    f"O{number}", BEGIN, account_id=f"A{number}", closed_at=closed, **won_deal
                )
            )
    return Facts(
        account=tuple(accounts),
        person=tuple(people),
        opportunity=tuple(deals),
        interaction=tuple(touches),
        as_of=datetime(2025, 12, 31, 12),
    )


def asked(journeys: Journeys, names: list[str]) -> tuple[DraftWarehouse, Weights]:
    warehouse = DraftWarehouse().hold(facts_of(journeys, names))
    return warehouse, weights(warehouse, QUESTION, 30)


@pytest.fixture(scope="module")
def journeys() -> Journeys:
    return [*random_journeys(np.random.default_rng(4), 4, 120), ((0, 1, 2, 3), True)]


def test_weights_are_those_of_the_journeys_walked_one_by_one(journeys: Journeys) -> None:
    _, found = asked(journeys, CHANNELS)
    assert found.segments == tuple(CHANNELS)
    assert (found.journeys, found.conversions) == (121, sum(won for _, won in journeys))
    for order, name in enumerate(MARKOV, start=1):
        overall = walked_back(journeys, order, None)
        expected = [1 - walked_back(journeys, order, channel) / overall for channel in range(4)]
        assert found.of_models[name] == pytest.approx(expected, abs=1e-9)
    assert found.of_models[SHAPLEY].sum() == pytest.approx(walked(steps_of(journeys, 4), set()))
    assert found.merged == ()


def test_a_deal_is_shared_by_the_weights_of_its_channels(journeys: Journeys) -> None:
    warehouse, found = asked(journeys, CHANNELS)
    effects = dict(zip(CHANNELS, found.of_models["markov_1"], strict=True))
    rows = warehouse.query(Query(*credit_steps(QUESTION, 20, found.of_models)))
    of_markov = rows.filter(model="markov_1")
    for number, (path, won) in enumerate(journeys):
        if not won:
            continue
        credit = of_markov.filter(subject_id=f"O{number}").sort("interaction_id")
        channels = [CHANNELS[each] for each in path]
        whole = sum(effects[each] for each in set(channels))
        exact = [effects[each] / channels.count(each) / whole * 10_000 for each in channels]
        assert credit["credit_units"].to_list() == pytest.approx(exact, abs=1)
        assert credit["credit_units"].sum() == 10_000


def test_the_credits_of_a_deal_add_up_to_its_amount_whatever_it_is(journeys: Journeys) -> None:
    facts = facts_of(journeys, CHANNELS)
    cents = np.random.default_rng(8).integers(1, 10**6, len(facts.opportunity)).tolist()
    deals = tuple(
        {**deal, "original_amount": Decimal(amount) / 100}
        for deal, amount in zip(facts.opportunity, cents, strict=True)
    )
    warehouse = DraftWarehouse().hold(replace(facts, opportunity=deals))
    found = weights(warehouse, QUESTION, 30)
    rows = warehouse.query(Query(*credit_steps(QUESTION, 20, found.of_models)))
    sums = rows.group_by("model", "subject_id").agg(pl.col("credit_units").sum())
    assert set(sums["model"]) >= {*MARKOV, SHAPLEY}
    worth = {deal["opportunity_id"]: amount for deal, amount in zip(deals, cents, strict=True)}
    assert len(sums) == len(worth) * sums["model"].n_unique()
    for model, subject, units in sums.iter_rows():
        assert units == worth[subject], (model, subject)


def test_beyond_twelve_channels_the_small_ones_count_as_one() -> None:
    names = [f"Channel {number:02}" for number in range(15)]
    rng = np.random.default_rng(7)
    share = 1 / np.arange(1, 16)
    often = []
    for _ in range(300):
        path = rng.choice(15, rng.integers(1, 4), p=share / share.sum())
        often.append((tuple(path.tolist()), bool(rng.random() < 0.3)))
    _, found = asked(often, names)
    touched = np.bincount([channel for path, _ in often for channel in path], minlength=15)
    small = sorted(range(15), key=lambda channel: -touched[channel])[11:]
    assert set(found.merged) == {names[channel] for channel in small}
    values = dict(zip(names, found.of_models[SHAPLEY], strict=True))
    assert sum(values.values()) == pytest.approx(walked(steps_of(often, 15), set()))
    parts = [values[names[channel]] / touched[channel] for channel in small if touched[channel]]
    assert parts == pytest.approx([parts[0]] * len(parts))


def test_more_segments_than_bounds_are_computed_of_are_worth_the_same() -> None:
    names = [f"Channel {number:02}" for number in range(MOST_GROUPED + 1)]
    rng = np.random.default_rng(11)
    few = random_journeys(rng, 4, 60)
    rare = [((4 + number,), False) for number in range(MOST_GROUPED - 3)]
    warehouse, found = asked([*few, *rare], names)
    assert len(found.segments) == MOST_GROUPED + 1
    assert len(found.steps) == 1
    overall = walked_back([*few, *rare], 1, None)
    expected = [1 - walked_back([*few, *rare], 1, each) / overall for each in range(len(names))]
    assert found.of_models["markov_1"] == pytest.approx(expected, abs=1e-9)
    rows = credit_of(warehouse, replace(QUESTION, lookback_days=30), 20)
    learnt = rows.filter(pl.col("model").is_in(DATA_DRIVEN))
    assert set(learnt["model"]) == {*DATA_DRIVEN}
    assert learnt["share_low"].null_count() == len(learnt)


@pytest.mark.parametrize("by", [Dimension.CAMPAIGN, Dimension.CONTENT])
def test_chains_of_a_longer_memory_learn_of_channels_alone(by: Dimension) -> None:
    asked_of = replace(QUESTION, by=by, lookback_days=30)
    assert not {*asked_of.models} & {*LONGER_MEMORY}
    touched = tuple(
        {"campaign_id": f"C{number % 70}", "content_id": f"W{number % 70}"} for number in range(140)
    )
    journeys: Journeys = [((0,), number % 3 == 0) for number in range(140)]
    facts = facts_of(journeys, CHANNELS)
    interactions = tuple({**row, **of} for row, of in zip(facts.interaction, touched, strict=True))
    campaigns = tuple({"campaign_id": f"C{number}", "name": f"C{number}"} for number in range(70))
    warehouse = DraftWarehouse().hold(replace(facts, interaction=interactions, campaign=campaigns))
    rows = credit_of(warehouse, asked_of, 20)
    assert {*rows["model"]} == {*asked_of.models}
    assert rows.filter(model="markov_1")["segment"].n_unique() == 47 + 1


def test_where_nothing_converts_no_channel_is_worth_anything() -> None:
    _, found = asked([((0, 1), False)], CHANNELS[:2])
    assert all(not weight.any() for weight in found.of_models.values())


def test_bounds_are_those_of_drawing_groups_of_accounts_again(journeys: Journeys) -> None:
    warehouse = DraftWarehouse().hold(facts_of(journeys, CHANNELS))
    found = credit_of(warehouse, replace(QUESTION, lookback_days=30), 20)
    groups = [int(md5(f"account A{number}".encode()).hexdigest()[:2], 16) for number in range(121)]
    drawn = group_weights(256, np.random.default_rng(1))
    shares: dict[str, list[list[float]]] = {"linear": [], "markov_1": []}
    for weight in drawn:
        times = [int(weight[group]) for group in groups]
        again = [one for one, often in zip(journeys, times, strict=True) for _ in range(often)]
        effects = removal_effects(steps_of(again, 4))
        credit = {name: np.zeros(4) for name in shares}
        for path, won in again:
            if won:
                np.add.at(credit["linear"], list(path), 1 / len(path))
                members = list(set(path))
                credit["markov_1"][members] += effects[members] / effects[members].sum()
        for name in shares:
            shares[name].append(list(credit[name] / credit[name].sum()))
    for name, of_draws in shares.items():
        low, high = np.quantile(of_draws, [0.05, 0.95], axis=0)
        rows = found.filter(pl.col("model") == name, pl.col("segment") != "Unattributed")
        ordered = rows.sort("segment")
        # Cents are rounded, so that shares of one deal miss theirs by as much.
        assert ordered["share_low"].to_list() == pytest.approx(low, abs=2e-4)
        assert ordered["share_high"].to_list() == pytest.approx(high, abs=2e-4)
        assert (ordered["share_low"] <= ordered["share"]).all()
        assert (ordered["share"] <= ordered["share_high"]).all()


def test_few_conversions_tell_of_rules_and_not_of_weights(journeys: Journeys) -> None:
    warehouse = DraftWarehouse().hold(facts_of(journeys[:12], CHANNELS))
    found = credit_of(warehouse, replace(QUESTION, lookback_days=30), 20)
    of_channels = found.filter(pl.col("segment") != "Unattributed")
    told = of_channels.group_by("model").agg(pl.col("is_told").any())
    by_model = dict(told.iter_rows())
    assert by_model["linear"] is True
    assert by_model["markov_1"] is by_model["shapley"] is by_model["markov_3"] is False
