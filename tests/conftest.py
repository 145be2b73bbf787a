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
