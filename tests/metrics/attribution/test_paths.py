"""Paths: what came before every conversion is looked for once, and holds for any question."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from polars.testing import assert_frame_equal

from data.sql import Query, Step
from metrics.attribution.paths import path_steps
from metrics.attribution.question import Question, Touched
from metrics.period import Period
from metrics.scope import Dimension, Filter, Scope, Stage, Viewer
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts


@pytest.fixture(scope="module")
def warehouse() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(3))


SEES_ALL = "sees all"


@pytest.mark.parametrize(
    ("event", "touched", "seen"),
    list(product((Stage.MQL, Stage.OPPORTUNITY, Stage.WON), Touched, (1, 12))),
)
def test_a_question_finds_the_same_touches_by_itself(
    warehouse: DraftWarehouse, event: Stage, touched: Touched, seen: int
) -> None:
    channels = warehouse.query(
        Query(
            Step(
                "known",
                "SELECT DISTINCT channel FROM journey UNION SELECT DISTINCT channel FROM deal",
            )
        )
    )["channel"].sort()
    period = Period(date(2024, 1, 1), date(2025, 12, 31))
    scope = Scope(
        period, date(2025, seen, 28), filters=(Filter(Dimension.CHANNEL, tuple(channels[1:])),)
    )
    question = Question(scope, event=event, touched=touched, lookback_days=700)
    everything = Viewer(SEES_ALL, (Filter(Dimension.CHANNEL, tuple(channels)),))
    alone = replace(question, scope=replace(scope, viewer=everything))
    kept, inline = path_steps(question), path_steps(alone)
    assert [step.name for step in kept if step.query] == ["known_touches"]
    assert not any(step.query for step in inline)
    found, expected = (warehouse.query(Query(*steps)) for steps in (kept, inline))
    assert seen == 1 or not found.is_empty()
    order = ["subject_id", "place"]
    assert_frame_equal(found.sort(order), expected.sort(order))
