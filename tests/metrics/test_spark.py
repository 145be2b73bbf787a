"""Every metric says the same on Apache Spark, by the same text, as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
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
from metrics.attribution.comparing.trail_steps import trail_steps
from metrics.attribution.question import Question
from metrics.catalogue import catalogue
from metrics.deal_records import deal_records
from metrics.horizon import dimension_values, horizon
from metrics.journeys.finding import found_subjects
from metrics.journeys.known import gone_records
from metrics.journeys.lanes import timeline_lanes
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import timeline
from metrics.period import Period
from metrics.provenance.loads_behind import loads_behind
from metrics.quality.records import Behind, quality_records
from metrics.records import stage_records
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit, Viewer
from tests.metrics.attribution.loaded_paths.path_oracle import facts_of, random_paths
from tests.metrics.events.attendees import random_company
from tests.metrics.facts import TERMS, Facts, store
from tests.metrics.random_facts import random_facts
from tests.metrics.scopes import (
    ASKED_ONCE,
    ASKS_NOTHING_NEW,
    NOT_OF_DEALS,
    OF_CONTACTS,
    OF_CONTENT,
    OF_EVENTS,
    OF_QUALITY,
    OF_RESPONSES,
    asked,
)
from tests.metrics.twelve_leads import HISTORY, SEEN, TWELVE, WINTER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

METRICS = catalogue()

TABLES = (
    *CANONICAL,
    *DERIVED,
    "load",
    "derived_load",
    "rejected_row",
    "restatement",
    "rewritten_value",
    "load_remark",
)


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
    "twelve": (TWELVE.plus(HISTORY), WINTER, SEEN, 1),
    "random": (
        random_facts(4, leads=200).plus(facts_of(random_paths(4, 40))),
        Period(date(2024, 2, 1), date(2025, 2, 28)),
        date(2025, 12, 31),
        2,
    ),
    "empty": (Facts(), WINTER, SEEN, 7),
}

EVENTS = Period(date(2026, 1, 1), date(2026, 12, 31))

STORES = KINDS | {"events": (random_company(2), EVENTS, date(2026, 7, 19), 1)}
"""And events, which only their own metrics are asked about."""


@pytest.fixture(scope="module")
def pair_of(
    spark_session: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Pair]]:
    """The pair of a kind, made when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def pair_of(kind: str) -> Pair:
            facts, period, seen, every = STORES[kind]
            folder = tmp_path_factory.mktemp(kind)
            warehouse = stack.enter_context(store(folder / "00001.duckdb", facts))
            export_parquet(warehouse, folder / "parquet", TABLES)
            spark = SparkWarehouse.read_parquet(
                spark_session, str(folder / "parquet"), TABLES, generation="00001"
            )
            return Pair(warehouse, spark, period, seen, every)

        yield pair_of


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest, pair_of: Callable[[str], Pair]) -> Pair:
    return pair_of(request.param)


def assert_same(on_spark: pl.DataFrame, on_duckdb: pl.DataFrame) -> None:
    """Same columns, types, rows and order; counts and money exactly."""
    assert_frame_equal(on_spark, on_duckdb, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)
    exact = [name for name, dtype in on_duckdb.schema.items() if not dtype.is_float()]
    assert on_spark.select(exact).equals(on_duckdb.select(exact))


ASKED_OFTEN = {"headline", "stage_conversion", "stage_trend", "deal_links"}
"""Metrics whose queries differ with basis, unit, counting and filters, each of which is asked.

The others build on the same steps and ask much more at once, a minute each on the larger store.
They are asked of the twelve leads, those of content and contacts of the larger one, each in one
way, so that together they are asked in all.
"""


def _store_of(name: str) -> str:
    """Where a metric has rows."""
    if name in OF_EVENTS:
        return "events"
    return "random" if name in OF_CONTENT | OF_CONTACTS | OF_QUALITY | OF_RESPONSES else "twelve"


def on_stores(names: list[str]) -> pytest.MarkDecorator:
    """The test runs for each metric on each store that it is asked of."""
    asked_of = [
        (kind, name)
        for kind, name in product(STORES, names)
        if kind == _store_of(name) or (kind in KINDS and name in ASKED_OFTEN | NOT_OF_DEALS)
    ]
    return pytest.mark.parametrize(("pair", "name"), asked_of, indirect=["pair"])


def ways_of_asking(pair: Pair, name: str) -> list[Scope]:
    """The scopes that a metric is asked for."""
    scopes = pair.scopes()
    if name in NOT_OF_DEALS:
        return [each for each in scopes if each.unit is not Unit.DEAL][:4:3]
    if name in ASKED_OFTEN:
        return scopes
    return [scopes[0 if name in ASKED_ONCE else list(METRICS).index(name) % len(scopes)]]


@on_stores([name for name, each in METRICS.items() if each.sliced])
def test_a_sliced_metric_in_every_way(pair: Pair, name: str) -> None:
    """In every way, in turn as a whole and by a dimension; both for the first."""
    metric = METRICS[name]
    ways = zip(ways_of_asking(pair, name), Dimension, strict=False)
    for number, (scope, by) in enumerate(ways):
        for each in (None, by) if number == 0 else ((None, by)[number % 2],):
            on_spark = metric.measure(pair.spark, scope, each, TERMS)
            assert_same(on_spark, metric.measure(pair.duckdb, scope, each, TERMS))


@on_stores(
    [
        name
        for name, each in METRICS.items()
        if each.is_scoped and not each.sliced and name not in ASKS_NOTHING_NEW
    ]
)
def test_a_metric_of_a_scope(pair: Pair, name: str) -> None:
    metric = METRICS[name]
    scopes = ways_of_asking(pair, name)
    for scope in scopes[:: 3 if name in ASKED_OFTEN else 1]:
        on_spark = metric.measure(pair.spark, scope, definitions=TERMS)
        assert_same(on_spark, metric.measure(pair.duckdb, scope, definitions=TERMS))


@pytest.mark.parametrize("pair", ["random"], indirect=True)
@pytest.mark.parametrize("name", [name for name, each in METRICS.items() if not each.is_scoped])
def test_a_metric_of_all_data(pair: Pair, name: str) -> None:
    """Of one store: each of these has one way of asking."""
    metric = METRICS[name]
    on_spark = metric.measure(pair.spark, definitions=TERMS)
    assert_same(on_spark, metric.measure(pair.duckdb, definitions=TERMS))


def test_quality_records(pair: Pair) -> None:
    for scope in pair.scopes()[:2]:
        for behind in (Behind("level", "Nurture"), Behind(moved=("Verify", "Nurture"))):
            found = quality_records(pair.spark, scope, behind, limit=7)
            assert_same(found, quality_records(pair.duckdb, scope, behind, limit=7))


def test_stage_records(pair: Pair) -> None:
    of_leads = [each for each in pair.scopes() if each.unit is not Unit.DEAL]
    for scope, stage in zip(of_leads, (*Stage, *Stage), strict=False):
        found = stage_records(pair.spark, scope, stage, limit=7)
        assert_same(found, stage_records(pair.duckdb, scope, stage, limit=7))


def test_deal_records(pair: Pair) -> None:
    of_deals = [each for each in pair.scopes() if each.unit is Unit.DEAL]
    for scope, stage in zip(of_deals, (*Unit.DEAL.stages, *Unit.DEAL.stages), strict=False):
        found = deal_records(pair.spark, scope, stage, limit=7)
        assert_same(found, deal_records(pair.duckdb, scope, stage, limit=7))


def test_horizon_and_values(pair: Pair) -> None:
    loads = Query(Step("loads", "SELECT count(*) AS loads FROM load"))
    if pair.duckdb.query(loads).item():
        assert horizon(pair.spark) == horizon(pair.duckdb)
    else:
        with pytest.raises(MetricError, match="nothing that has a date"):
            horizon(pair.spark)
    restricted = Viewer("Ana", (Filter(Dimension.REGION, ("EMEA", "华东")),))
    tagged = Viewer("Li", (Filter(Dimension.TAGS, ("VIP", "海外")),))
    for dimension, viewer in (
        (Dimension.CHANNEL, Viewer()),
        (Dimension.OWNER, restricted),
        (Dimension.TAGS, tagged),
    ):
        on_spark = dimension_values(pair.spark, dimension, viewer, limit=3)
        assert on_spark == dimension_values(pair.duckdb, dimension, viewer, limit=3)


@pytest.mark.parametrize("pair", ["twelve"], indirect=True)
def test_trail_of_a_deal(pair: Pair) -> None:
    """What people did; its weights are `channel_credit`'s."""
    trail = Query(*trail_steps(Question(asked(pair.period, pair.seen)), "O3"))
    on_spark, found = (
        each.query(trail).sort("interaction_id") for each in (pair.spark, pair.duckdb)
    )
    assert_same(on_spark, found)
    assert len(found) == 3


@pytest.mark.parametrize("pair", ["twelve"], indirect=True)
def test_timelines_and_their_search_and_the_loads_behind(pair: Pair) -> None:
    tables = ["lead", "opportunity"]
    assert_same(loads_behind(pair.spark, tables), loads_behind(pair.duckdb, tables))
    scope = asked(pair.period, pair.seen)
    restricted = replace(scope, viewer=Viewer("Ana", (Filter(Dimension.REGION, ("EMEA", "华东")),)))
    asked_of = (
        (scope, Subject(SubjectKind.ACCOUNT, "A1")),
        (restricted, Subject(SubjectKind.LEAD, "L01")),
    )
    for each, subject in asked_of:
        on_spark = timeline(pair.spark, each, TERMS, subject, limit=7)
        assert_same(on_spark, timeline(pair.duckdb, each, TERMS, subject, limit=7))
        lanes = timeline_lanes(pair.spark, each, TERMS, subject)
        assert_same(lanes, timeline_lanes(pair.duckdb, each, TERMS, subject))
    for each, text in ((scope, "ltd"), (restricted, "1")):
        found = found_subjects(pair.spark, each, text, limit=5)
        assert_same(found, found_subjects(pair.duckdb, each, text, limit=5))
        gone = gone_records(pair.spark, each, text, "UTC")
        assert_same(gone, gone_records(pair.duckdb, each, text, "UTC"))
    with pytest.raises(MetricError, match='Did you mean "L01"'):
        timeline(pair.spark, scope, TERMS, Subject(SubjectKind.LEAD, "L0I"))
