"""Fixtures that tests of several layers share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from data.engine.spark import local_spark
from data.errors import EngineError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
from data.definitions import BUILT_IN
from data.engine.warehouse import DuckDBWarehouse
from tests.metrics.facts import DraftWarehouse, store, terms
from tests.metrics.observing import Observed, observe
from tests.metrics.random_facts import few_states, random_facts
from tests.metrics.twelve_leads import TWELVE


@pytest.fixture(scope="session")
def spark_session() -> Iterator[SparkSession]:
    """Spark with two worker processes. Tests that use it are marked `spark`."""
    with ExitStack() as stack:
        try:
            session = stack.enter_context(local_spark(workers=2))
        except EngineError as error:
            pytest.skip(str(error))
        yield session


@pytest.fixture(autouse=True)
def main_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit's AppTest puts its script in the place of the main module, which a process that a
    later test forks would then run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(scope="session", autouse=True)
def store_of_nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For tests that name no store, so that the one of whoever runs them is left alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKCAST_STORE", str(tmp_path_factory.mktemp("nobody") / "store"))
        yield


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


@pytest.fixture(scope="session", params=[(1, "UTC"), (3, "Europe/Berlin")], ids=str)
def dated(request: pytest.FixtureRequest) -> Observed:
    """What has a day of nearly all that was reached, so that speeds can be told."""
    seed, time_zone = request.param
    return observe(few_states(random_facts(seed)), terms(time_zone))
