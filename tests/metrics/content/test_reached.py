"""Personas, channels, topics and gaps of content against plain Python."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from data.schema.contract import STAGES
from metrics.content.coverage import NO_LEAD, content_coverage
from metrics.content.reached import (
    content_channels,
    content_personas,
    content_topics,
    content_touchpoints,
)
from metrics.period import Period
from metrics.scope import Dimension, Filter
from tests.metrics.content.conftest import Read
from tests.metrics.content.use_oracle import Use, stage_days_of

TOPIC = {"T1": "Chain", "T2": "Chain", "T-gone": "Unassigned"}
KIND = {"T2": "Video"}


def test_personas_are_those_of_the_oracle(read: Read) -> None:
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for use in read.uses:
        people[use.content_id, use.persona].add(use.person_id)
    rows = content_personas(read.warehouse, read.scope).rows(named=True)
    assert {(row["content_id"], row["persona"]): row["exposed"] for row in rows} == {
        key: len(each) for key, each in people.items()
    }
    for row in rows:
        known = sum(
            len(each) for (asset, persona), each in people.items()
            if asset == row["content_id"] and persona != "Unassigned"
        )  # fmt: skip
        assert row["known"] == known
        if row["persona"] == "Unassigned":
            assert row["share"] is row["is_intended"] is None
        else:
            assert row["share"] == row["exposed"] / known
            intended = row["content_id"] == "T1"
            assert row["is_intended"] is ((row["persona"] == "Buyer") if intended else None)


def test_channels_are_those_of_the_oracle(read: Read) -> None:
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for use in read.uses:
        people[use.content_id, use.channel].add(use.person_id)
    rows = content_channels(read.warehouse, read.scope).rows(named=True)
    assert {(row["content_id"], row["channel"]): row["exposed"] for row in rows} == {
        key: len(each) for key, each in people.items()
    }
    assert all(row["downloads"] <= row["readers"] <= row["exposed"] for row in rows)


def test_touchpoints_are_those_of_the_oracle(read: Read) -> None:
    uses: dict[tuple[str, str, str], list[Use]] = defaultdict(list)
    for use in read.uses:
        uses[use.content_id, use.channel, use.campaign].append(use)
    rows = content_touchpoints(read.warehouse, read.scope).rows(named=True)
    assert len(rows) == len(uses) > 20
    for row in rows:
        mine = uses[row["content_id"], row["channel"], row["campaign"]]
        taken = {use.person_id for use in mine if "form_submit" in use.actions}
        days = [use.used_on for use in mine]
        assert (row["first_on"], row["last_on"]) == (min(days), max(days))
        assert row["exposed"] == len({use.person_id for use in mine})
        assert row["downloads"] == len(taken) <= row["readers"]
    assert len({row["campaign"] for row in rows}) > 3


def test_a_person_counts_once_per_topic(read: Read) -> None:
    kinds: dict[tuple[str, str], set[str]] = defaultdict(set)
    topics: dict[str, set[str]] = defaultdict(set)
    for use in read.uses:
        topic = TOPIC[use.content_id]
        kinds[topic, KIND.get(use.content_id, "Unassigned")].add(use.person_id)
        topics[topic].add(use.person_id)
    rows = content_topics(read.warehouse, read.scope).rows(named=True)
    assert {(row["topic"], row["kind"]): row["exposed"] for row in rows} == {
        key: len(each) for key, each in kinds.items()
    }
    assert {row["topic"]: row["topic_exposed"] for row in rows} == {
        topic: len(each) for topic, each in topics.items()
    }
    chain = [row for row in rows if row["topic"] == "Chain"]
    assert sum(row["exposed"] for row in chain) > chain[0]["topic_exposed"]


def test_gaps_are_where_no_asset_reached_enough(read: Read) -> None:
    people: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for use in read.uses:
        people[use.persona, use.stage or NO_LEAD, use.content_id].add(use.person_id)
    fewest = 12
    found = content_coverage(read.warehouse, read.scope, fewest)
    assert found.height == 6 * found["persona"].n_unique()
    gaps, spread = set(), False
    for row in found.rows(named=True):
        of_cell = {
            asset: each for (persona, stage, asset), each in people.items()
            if (persona, stage) == (row["persona"], row["stage"])
        }  # fmt: skip
        assert row["exposed"] == len(set().union(*of_cell.values()))
        assert row["assets"] == len(of_cell)
        assert row["largest_exposed"] == max(map(len, of_cell.values()), default=0)
        if row["persona"] == "Unassigned":
            assert row["is_gap"] is None
        else:
            assert row["is_gap"] is (row["largest_exposed"] < fewest)
        gaps.add(row["is_gap"])
        spread |= row["largest_exposed"] < fewest <= row["exposed"]
    assert gaps == {True, False, None}
    assert spread, "people who meet an asset each are no audience of one"


def test_present_are_people_at_the_stage_on_a_day_of_the_period(read: Read) -> None:
    journey = read.warehouse.table("journey")
    persona_of = {row["person_id"]: row["persona"] for row in journey if row["person_id"]}
    for start, end in ((date(2024, 3, 1), date(2026, 2, 20)), (date(2025, 3, 1), date(2025, 3, 9))):
        scope = replace(read.scope, period=Period(start, end))
        last = min(end, scope.observed_until)
        days = [start + timedelta(days=n) for n in range((last - start).days + 1)]
        people: dict[tuple[str, str], set[str]] = defaultdict(set)
        for who, reached in stage_days_of(journey).items():
            for day in days:
                passed = [each for each in STAGES if each in reached and reached[each] <= day]
                if passed:
                    people[persona_of[who], passed[-1]].add(who)
        rows = content_coverage(read.warehouse, scope).rows(named=True)
        for row in rows:
            if row["stage"] == NO_LEAD:
                assert row["present"] is None
            else:
                assert row["present"] == len(people[row["persona"], row["stage"]]), row
                assert row["exposed"] <= row["present"]
        assert sum(row["present"] or 0 for row in rows) > 50


def test_a_persona_that_nobody_has_met_is_all_gaps(read: Read) -> None:
    early = replace(read.scope, observed_until=date(2020, 1, 1))
    found = content_coverage(read.warehouse, early)
    assert found.filter(pl.col("persona") == "Buyer")["is_gap"].to_list() == [True] * 6
    assert content_personas(read.warehouse, early).is_empty()


def test_a_filter_is_about_the_people(read: Read) -> None:
    for metric in (content_personas, content_channels, content_topics, content_coverage):
        only = replace(read.scope, filters=(Filter(Dimension.OWNER, ("Ana",)),))
        narrow, whole = metric(read.warehouse, only), metric(read.warehouse, read.scope)
        assert 0 < narrow["exposed"].sum() < whole["exposed"].sum()
