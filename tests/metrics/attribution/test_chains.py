"""Journeys in counts, against plain Python over the touches of each account or person."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from hashlib import md5
from itertools import groupby

import numpy as np
import polars as pl
import pytest

from data.errors import MetricError
from data.sql import Query
from metrics.attribution.chains import chances_to_come, first_order_steps
from metrics.attribution.journeys import ChainCounts, chain_counts
from metrics.attribution.question import PathKind, Question, Touched
from metrics.estimators.credit.chain import conversion_probability, removal_effects
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage
from tests.metrics.attribution import oracle
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts

PERIOD = Period(date(2024, 9, 1), date(2025, 9, 30))
USUAL = Question(Scope(PERIOD, date(2026, 1, 31)), event=Stage.MQL)
LOOKBACK = 120

Journey = tuple[str, list[str], int, bool]
"""Whose it is, its segments in order, its age in days and whether it converted."""


@pytest.fixture(scope="module", params=[5, 6])
def warehouse(request: pytest.FixtureRequest) -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(request.param, leads=200))


def journeys(warehouse: DraftWarehouse, question: Question) -> list[Journey]:
    """Every journey that began in time, walked touch by touch."""
    last = min(question.scope.period.end, question.scope.observed_until)
    asked = replace(question, scope=replace(question.scope, observed_until=last))
    ends: dict[str, list[tuple[object, date]]] = {}
    for each in oracle.conversions(warehouse, asked):
        if owner := oracle.who(question, each):
            ends.setdefault(" ".join(owner), []).append((each["moment"], each["day"]))
    touches: dict[str, list[oracle.Row]] = {}
    for row in sorted(
        oracle.rows(warehouse, "touch"),
        key=lambda row: (row["occurred_at"], row["interaction_id"]),
    ):
        named = {"account": row["account_id"], "person": row["person_id"]}
        owner = oracle.who(question, named) if row["person_id"] else None
        if owner and row["occurred_on"] <= last:
            touches.setdefault(" ".join(owner), []).append(row)
    found: list[Journey] = []
    for whose, rows in touches.items():
        conversions = sorted(set(ends.get(whose, [])))
        begun: dict[object, list[oracle.Row]] = {}
        for row in rows:
            at = row["occurred_on"] if question.event is Stage.WON else row["occurred_at"]
            after = (each for each in conversions if at <= each[0])
            begun.setdefault(next(after, None), []).append(row)
        for end, part in begun.items():
            start = part[0]["occurred_on"]
            if (question.scope.period.start - start).days > LOOKBACK:
                continue
            seen: set[object] = set()
            counted = []
            for row in part:
                day = (row["person_id"], row[question.by.value], row["occurred_on"])
                if day not in seen:
                    counted.append(row[question.by.value])
                seen.add(day)
            if question.path is PathKind.COLLAPSED:
                counted = [segment for segment, _ in groupby(counted)]
            until = last if end is None else end[1]  # type: ignore[index]
            found.append((whose, counted, (until - start).days, end is not None))
    return found


def counted(rows: pl.DataFrame) -> Counter[tuple[object, ...]]:
    """How many journeys there are in each kind of row."""
    return Counter({row[:-1]: row[-1] for row in rows.iter_rows()})


@pytest.mark.parametrize(
    "question",
    [
        USUAL,
        replace(USUAL, event=Stage.WON),
        replace(USUAL, event=Stage.SQL, touched=Touched.PERSON, path=PathKind.EVERY),
        replace(USUAL, by=Dimension.CAMPAIGN),
    ],
    ids=lambda each: f"{each.event}-{each.touched}-{each.by}",
)
def test_moves_and_ends_are_those_of_plain_python(
    warehouse: DraftWarehouse, question: Question
) -> None:
    found = chain_counts(warehouse, question, LOOKBACK)
    moves: Counter[tuple[object, ...]] = Counter()
    ends: Counter[tuple[object, ...]] = Counter()
    code = {name: place for place, name in enumerate(found.segments, start=1)}
    for whose, names, age, converted in journeys(warehouse, question):
        group = int(md5(whose.encode()).hexdigest()[:2], 16)
        segments = [code[name] for name in names]
        for place, segment in enumerate(segments):
            earlier = [*reversed(segments[:place]), *[None] * 3][:3]
            moves[group, *earlier, segment] += 1
        last = [*reversed(segments), *[None] * 3][:3]
        ends[group, *last, segments[0], converted, age] += 1
    assert counted(found.moves) == moves
    assert counted(found.ends) == ends
    assert found.journeys == sum(ends.values()) > 20


def test_journeys_of_many_touches_are_counted_in_parts(
    warehouse: DraftWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = chain_counts(warehouse, USUAL, LOOKBACK)
    monkeypatch.setattr("metrics.attribution.journeys.TOUCHES_AT_ONCE", 10)
    asked = []
    query = type(warehouse).query

    def counting(asks: DraftWarehouse, each: Query) -> pl.DataFrame:
        asked.append(each)
        return query(asks, each)

    monkeypatch.setattr(type(warehouse), "query", counting)
    in_parts = chain_counts(warehouse, USUAL, LOOKBACK)
    assert len(asked) > 10
    assert counted(in_parts.moves) == counted(whole.moves)
    assert counted(in_parts.ends) == counted(whole.ends)
    assert len(in_parts.ends) == len(whole.ends)


def test_the_chain_converts_as_often_as_its_journeys_do(warehouse: DraftWarehouse) -> None:
    counts = chain_counts(warehouse, USUAL, LOOKBACK)
    steps = first_order_steps(counts, chances_to_come(counts))
    assert steps.shape == (256, len(counts.segments) + 1, len(counts.segments) + 2)
    every = steps.sum(axis=0)
    to_come = (chances_to_come(counts) * counts.ends["journeys"]).sum()
    assert every[0].sum() == pytest.approx(counts.journeys)
    assert every[:, -2].sum() == pytest.approx(to_come)
    assert every[:, -2:].sum() == pytest.approx(counts.journeys)
    # A chain of order 1 keeps the share that converts.
    assert conversion_probability(every) == pytest.approx(to_come / counts.journeys)
    assert (removal_effects(every) <= 1 + 1e-12).all()


def ends(rows: list[tuple[str, bool, int, int]]) -> ChainCounts:
    """Journeys of one touch: entry, whether converted, age and how many."""
    names = tuple(sorted({entry for entry, *_ in rows}))
    code = {name: place for place, name in enumerate(names, start=1)}
    frame = pl.DataFrame(
        [
            (0, code[entry], code[entry], converted, age, many)
            for entry, converted, age, many in rows
        ],
        schema=["grouped", "before_1", "entry", "converted", "age_days", "journeys"],
        orient="row",
    )
    moves = frame.select(
        "grouped", pl.lit(None).alias("before_1"), code="entry", journeys="journeys"
    )
    return ChainCounts(names, moves, frame)


def test_an_open_journey_converts_as_those_that_were_followed_longer_did() -> None:
    # Of 100 journeys 40 convert on day 10 and 20 on day 50; ten are seen for 30 days only.
    counts = ends([("Email", True, 10, 40), ("Email", True, 50, 20), ("Email", False, 90, 40),
                   ("Email", False, 30, 10)])  # fmt: skip
    # After day 30: 70 are at risk, of whom 60 are followed on, and 20 of these convert.
    assert chances_to_come(counts).to_list() == pytest.approx([1, 1, 0, 20 / 60])


def test_a_channel_of_few_conversions_follows_the_curve_of_all() -> None:
    counts = ends([("Email", True, 50, 40), ("Email", False, 90, 40), ("Fair", True, 50, 5),
                   ("Fair", False, 90, 15), ("Fair", False, 20, 10)])  # fmt: skip
    assert chances_to_come(counts)[4] == pytest.approx(45 / 100)


def test_slow_channels_keep_the_credit_of_their_open_journeys() -> None:
    rng = np.random.default_rng(1)
    begun = rng.integers(0, 365, 40_000)
    fast = rng.random(40_000) < 0.5
    takes = np.where(fast, 10, 200)
    wins = rng.random(40_000) < 0.3
    age = 365 - begun
    converted = wins & (takes <= age)
    rows = Counter(
        (
            "Fast" if is_fast else "Slow",
            bool(won),
            int(days_taken if won else seen),
        )
        for is_fast, won, days_taken, seen in zip(fast, converted, takes, age, strict=True)
    )
    counts = ends([(*key, many) for key, many in rows.items()])
    effects = removal_effects(first_order_steps(counts, chances_to_come(counts)).sum(axis=0))
    shares = dict(zip(counts.segments, effects / effects.sum(), strict=True))
    assert shares["Slow"] == pytest.approx(0.5, abs=0.01)
    seen_only = converted[fast].sum() / converted.sum()
    assert seen_only > 0.6, "as lost they would be"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (
            replace(
                USUAL, scope=replace(USUAL.scope, filters=(Filter(Dimension.REGION, ("EMEA",)),))
            ),
            "nobody knows which of them are of region EMEA",
        ),
        (
            replace(USUAL, scope=replace(USUAL.scope, observed_until=date(2024, 1, 1))),
            "has not begun in the data",
        ),
    ],
)
def test_what_no_chain_can_answer_is_refused(
    warehouse: DraftWarehouse, question: Question, message: str
) -> None:
    with pytest.raises(MetricError, match=message):
        chain_counts(warehouse, question, LOOKBACK)
