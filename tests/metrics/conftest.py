"""Warehouses that several tests of metrics read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from data.definitions import BUILT_IN
from data.engine.warehouse import DuckDBWarehouse
from tests.metrics.facts import DraftWarehouse, store, terms
from tests.metrics.observing import Observed, observe
from tests.metrics.random_facts import random_facts
from tests.metrics.twelve_leads import TWELVE


@pytest.fixture(autouse=True)
def built_in_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment of whoever runs the tests says."""
    monkeypatch.setenv("BACKCAST_DEFINITIONS", str(BUILT_IN))


@pytest.fixture(scope="session")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBWarehouse]:
    """The twelve leads in a generation's file."""
    with store(tmp_path_factory.mktemp("twelve") / "00001.duckdb", TWELVE) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def draft() -> DraftWarehouse:
    """A warehouse that a test fills with what it needs; nothing in it lasts."""
    return DraftWarehouse()


@pytest.fixture(
    scope="session", params=[(1, "UTC"), (2, "Asia/Shanghai"), (3, "Europe/Berlin")], ids=str
)
def observed(request: pytest.FixtureRequest) -> Observed:
    seed, time_zone = request.param
    return observe(random_facts(seed), terms(time_zone))
