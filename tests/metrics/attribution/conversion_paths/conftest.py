"""Made-up paths and what plain Python sees in them, for all tests of the room."""

from __future__ import annotations

from typing import TypeAlias

import pytest

from metrics.attribution.conversion_paths.seen import SeenPaths, seen_paths
from metrics.attribution.question import Question
from tests.metrics.attribution.conversion_paths.walked import QUESTIONS, Walked, walked
from tests.metrics.facts import DraftWarehouse
from tests.metrics.random_facts import random_facts

Both: TypeAlias = tuple[SeenPaths, list[Walked]]


@pytest.fixture(scope="package")
def many() -> DraftWarehouse:
    return DraftWarehouse().hold(random_facts(3))


@pytest.fixture(scope="package", params=QUESTIONS, ids=lambda each: f"{each.event}-{each.by}")
def both(request: pytest.FixtureRequest, many: DraftWarehouse) -> Both:
    """The paths as the product sees them, and as walked one by one."""
    question: Question = request.param
    return seen_paths(many, question), walked(many, question)
