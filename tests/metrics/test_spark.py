"""Every metric says the same on Apache Spark, by the same text, as on DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import TYPE_CHECKING

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.engine.spark import SparkWarehouse, export_parquet
from data.engine.warehouse import DuckDBWarehouse
from data.errors import MetricError
from data.schema.tables import CANONICAL, DERIVED
from data.sql import Query, Step
from metrics.catalogue import HEALTH
from metrics.funnel.conversion import stage_conversion, stage_conversion_by
from metrics.funnel.trend import stage_trend
from metrics.headline import headline
from metrics.health.score import health_score
from metrics.health.values import completeness, table_completeness
from metrics.horizon import dimension_values, horizon
from metrics.period import Period
from metrics.records import stage_records
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit, Viewer
from tests.metrics.facts import Facts, store
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

TABLES = (*CANONICAL, *DERIVED, "load", "rejected_row", "restatement", "rewritten_value")


@dataclass(frozen=True)
class Pair:
    """The same rows on both engines, and what to ask of them."""

    duckdb: DuckDBWarehouse
    spark: SparkWarehouse
    period: Period
    seen: date
    every: int

    def scopes(self) -> list[Scope]:
        """Ways of asking; the window comes with accounts and filters with strict counting."""
        return [
            asked(
                self.period,
                self.seen,
                basis=basis,
                unit=unit,
                counting=counting,
                window_days=30 if unit is Unit.ACCOUNT else None,
                filters=(Filter(Dimension.CHANNEL, ("Webinar", "展会", "O'Brien")),)
                if counting is Counting.STRICT
                else (),
            )
            for basis, unit, counting in product(Basis, Unit, Counting)
        ][:: self.every]


# The rows, what to ask of them, and every how-manieth way of asking: a query takes a second.
KINDS: dict[str, tuple[Facts, Period, date, int]] = {
    "twelve": (TWELVE, WINTER, SEEN, 1),
    "random": (
        random_facts(4, leads=200),
        Period(date(2024, 2, 1), date(2025, 2, 28)),
        date(2025, 12, 31),
        2,
    ),
    "empty": (Facts(), WINTER, SEEN, 7),
}


@pytest.fixture(scope="module", params=KINDS)
def pair(
    request: pytest.FixtureRequest,
    spark_session: SparkSession,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pair]:
    facts, period, seen, every = KINDS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    with store(folder / "00001.duckdb", facts) as warehouse:
        export_parquet(warehouse, folder / "parquet", TABLES)
        spark = SparkWarehouse.read_parquet(
            spark_session, str(folder / "parquet"), TABLES, generation="00001"
        )
        yield Pair(warehouse, spark, period, seen, every)


def assert_same(on_spark: pl.DataFrame, on_duckdb: pl.DataFrame) -> None:
    """Same columns, types, rows and order; counts and money exactly."""
    assert_frame_equal(on_spark, on_duckdb, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)
    exact = [name for name, dtype in on_duckdb.schema.items() if not dtype.is_float()]
    assert on_spark.select(exact).equals(on_duckdb.select(exact))


def test_stage_conversion(pair: Pair) -> None:
    for scope in pair.scopes():
        assert_same(stage_conversion(pair.spark, scope), stage_conversion(pair.duckdb, scope))


def test_stage_conversion_by(pair: Pair) -> None:
    for scope, by in zip(pair.scopes(), Dimension, strict=False):
        found = stage_conversion_by(pair.spark, scope, by)
        assert_same(found, stage_conversion_by(pair.duckdb, scope, by))


def test_stage_trend(pair: Pair) -> None:
    for scope in pair.scopes()[::3]:
        assert_same(stage_trend(pair.spark, scope), stage_trend(pair.duckdb, scope))


def test_headline(pair: Pair) -> None:
    for scope in pair.scopes()[::3]:
        assert_same(headline(pair.spark, scope), headline(pair.duckdb, scope))


def test_stage_records(pair: Pair) -> None:
    for scope, stage in zip(pair.scopes(), (*Stage, *Stage), strict=False):
        found = stage_records(pair.spark, scope, stage, limit=7)
        assert_same(found, stage_records(pair.duckdb, scope, stage, limit=7))


def test_horizon_and_values(pair: Pair) -> None:
    loads = Query(Step("loads", "SELECT count(*) AS loads FROM load"))
    if pair.duckdb.query(loads).item():
        assert horizon(pair.spark) == horizon(pair.duckdb)
    else:
        with pytest.raises(MetricError, match="nothing that has a date"):
            horizon(pair.spark)
    restricted = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA", "华东")),))
    for dimension, viewer in ((Dimension.CHANNEL, Viewer()), (Dimension.OWNER, restricted)):
        on_spark = dimension_values(pair.spark, dimension, viewer, limit=3)
        assert on_spark == dimension_values(pair.duckdb, dimension, viewer, limit=3)


@pytest.mark.parametrize("pair", ["random"], indirect=True)
def test_health(pair: Pair) -> None:
    """Of one store: each of these is one way of asking, and the score is made of the others."""
    for metric in HEALTH.values():
        if metric.measure not in (health_score, table_completeness):
            assert_same(metric.measure(pair.spark), metric.measure(pair.duckdb))
    assert_same(completeness(pair.spark, "lead"), completeness(pair.duckdb, "lead"))
