"""Every query of every metric keeps to the SQL that other engines understand alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise, product

import polars as pl
import pytest
import sqlglot
from sqlglot import exp

from data.engine.warehouse import Warehouse
from data.sql import Query, Step
from metrics.catalogue import HEALTH, METRICS
from metrics.horizon import dimension_values, horizon
from metrics.records import stage_records
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit, Viewer
from tests.metrics.facts import DraftWarehouse
from tests.metrics.scopes import asked
from tests.metrics.twelve_leads import SEEN, TWELVE, WINTER


@dataclass
class RecordingWarehouse:
    """Answers as the other does, and keeps what was asked and the answer's types."""

    inner: Warehouse
    asked: dict[str, tuple[Query, pl.Schema]] = field(default_factory=dict)
    generation: str = "recording"

    def query(self, query: Query) -> pl.DataFrame:
        found = self.inner.query(query)
        self.asked[query.render()] = (query, found.schema)
        return found


def every_way() -> Iterator[Scope]:
    """What changes the text of a query: basis, unit, counting, window, filters."""
    filters = (Filter(Dimension.CHANNEL, ("Email", "Webinar")),)
    viewer = Viewer("Ana", (Filter(Dimension.PRODUCT, ("Unassigned",)),))
    for basis, unit, counting, window in product(Basis, Unit, Counting, (None, 30)):
        plain = asked(WINTER, SEEN, basis=basis, unit=unit, counting=counting, window_days=window)
        yield (
            plain
            if window is None
            else asked(
                WINTER,
                SEEN,
                basis=basis,
                unit=unit,
                counting=counting,
                window_days=window,
                filters=filters,
                viewer=viewer,
            )
        )


@pytest.fixture(scope="module")
def recorded() -> dict[str, tuple[Query, pl.Schema]]:
    """All queries of all metrics, by their text."""
    warehouse = RecordingWarehouse(DraftWarehouse().hold(TWELVE))
    for number, scope in enumerate(every_way()):
        for metric in METRICS.values():
            metric.measure(warehouse, scope)
            if metric.measure_by is not None:
                metric.measure_by(warehouse, scope, list(Dimension)[number])
        stage_records(warehouse, scope, list(Stage)[number % 5])
    horizon(warehouse)
    for health in HEALTH.values():
        health.measure(warehouse)
    for viewer in (Viewer(), Viewer("Ana", (Filter(Dimension.CHANNEL, ("Email", "Webinar")),))):
        dimension_values(warehouse, Dimension.OWNER, viewer)
    return warehouse.asked


@cache
def parsed(sql: str) -> exp.Expr:
    return sqlglot.parse_one(sql, read="duckdb")


def unaliased_subqueries(sql: str) -> list[str]:
    return [
        each.sql()
        for each in parsed(sql).find_all(exp.Subquery)
        if isinstance(each.parent, exp.From | exp.Join) and not each.alias
    ]


def group_by_all(sql: str) -> list[str]:
    groups = parsed(sql).find_all(exp.Group)
    named = [each.sql() for each in groups if each.args.get("all") is not None]
    return named + [each.sql() for each in parsed(sql).find_all(exp.Order) if "ALL" in each.sql()]


def star_with_exceptions(sql: str) -> list[str]:
    return [
        each.sql()
        for each in parsed(sql).find_all(exp.Star)
        if any(each.args.get(key) for key in ("except_", "except", "replace", "rename"))
    ]


def lists_and_joined_strings(sql: str) -> list[str]:
    kinds = (
        exp.ArrayAgg,
        exp.Array,
        exp.GroupConcat,
        exp.List,
        exp.Struct,
        exp.Unnest,
        exp.Explode,
    )
    return [each.sql() for each in parsed(sql).find_all(*kinds)]


def engines_own_functions(sql: str) -> list[str]:
    """Functions that sqlglot passes on without knowing what they mean, or that differ."""
    tree = parsed(sql)
    unknown = [each.sql() for each in tree.find_all(exp.Anonymous, exp.AnonymousAggFunc)]
    series = [each.sql() for each in tree.find_all(exp.GenerateSeries, exp.ArgMax, exp.ArgMin)]
    quantiles = [each.sql() for each in tree.find_all(exp.PercentileCont, exp.PercentileDisc)]
    loose = [each for each in quantiles if "WITHIN GROUP" not in sql.upper()]
    return unknown + series + loose + (["quantile_cont"] if "quantile_" in sql.lower() else [])


def decimal_literals(sql: str) -> list[str]:
    return [
        each.this
        for each in parsed(sql).find_all(exp.Literal)
        if not each.is_string and "." in each.this and "e" not in each.this.lower()
    ]


BOUNDS = ("observed_until", "period_start", "period_end")


def differences_of_moments(sql: str) -> list[str]:
    """Differences of days may only be taken between columns that hold days."""
    found = []
    for each in parsed(sql).find_all(exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff):
        for column in each.find_all(exp.Column):
            if column.name not in BOUNDS and not column.name.endswith("_on"):
                found.append(each.sql())
    return found


def named_placeholders(sql: str) -> list[str]:
    """Only `?` by itself: two `$name` would be read as the quotes of a text between them."""
    tokens = [each.text for each in sqlglot.tokenize(sql, read="duckdb")]
    numbered = [f"?{after}" for each, after in pairwise(tokens) if each == "?" and after.isdigit()]
    return [each for each in tokens if each in ("$", ":")] + numbered


def aggregates_in_order(sql: str) -> list[str]:
    """`ORDER BY sum(x)` beside `sum(x) AS x`: some engines sum the sums."""
    return [
        each.sql()
        for each in parsed(sql).find_all(exp.Order)
        if each.find(exp.AggFunc) and not each.find_ancestor(exp.Window)
    ]


RULES: tuple[tuple[Callable[[str], list[str]], str], ...] = (
    (unaliased_subqueries, "SELECT x FROM (SELECT 1 AS x)"),
    (unaliased_subqueries, "SELECT x FROM t JOIN (SELECT 1 AS x) ON true"),
    (group_by_all, "SELECT x, count(*) FROM t GROUP BY ALL"),
    (group_by_all, "SELECT x FROM t ORDER BY ALL"),
    (star_with_exceptions, "SELECT * EXCLUDE (x) FROM t"),
    (star_with_exceptions, "SELECT t.* EXCLUDE (x) FROM t"),
    (star_with_exceptions, "SELECT * REPLACE (1 AS x) FROM t"),
    (lists_and_joined_strings, "SELECT string_agg(x, ', ' ORDER BY x) FROM t"),
    (lists_and_joined_strings, "SELECT array_agg(x) FROM t"),
    (lists_and_joined_strings, "SELECT list(x) FROM t"),
    (lists_and_joined_strings, "SELECT [1, 2] AS x"),
    (lists_and_joined_strings, "SELECT {'a': 1} AS x"),
    (lists_and_joined_strings, "SELECT unnest(x) FROM t"),
    (engines_own_functions, "SELECT quantile_cont(x, 0.5) FROM t"),
    (engines_own_functions, "SELECT arg_max(x, y) FROM t"),
    (engines_own_functions, "SELECT some_function(x) FROM t"),
    (engines_own_functions, "SELECT x FROM generate_series(1, 2) AS s(x)"),
    (decimal_literals, "SELECT x / 7.0 FROM t"),
    (differences_of_moments, "SELECT date_diff('day', lead_at, mql_on) FROM t"),
    (aggregates_in_order, "SELECT x, sum(y) AS y FROM t GROUP BY x ORDER BY sum(y)"),
    (named_placeholders, "SELECT $name AS x"),
    (named_placeholders, "SELECT x FROM t WHERE x = :name"),
    (named_placeholders, "SELECT x FROM t WHERE x = ?1"),
)


@pytest.mark.parametrize(
    ("rule", "broken"), RULES, ids=lambda each: getattr(each, "__name__", each)
)
def test_each_rule_finds_what_breaks_it(rule: Callable[[str], list[str]], broken: str) -> None:
    assert rule(broken)


@pytest.mark.parametrize("rule", dict.fromkeys(rule for rule, _ in RULES), ids=lambda r: r.__name__)
def test_metrics_keep_each_rule(
    recorded: dict[str, tuple[Query, pl.Schema]], rule: Callable[[str], list[str]]
) -> None:
    for sql in recorded:
        assert not rule(sql), sql


def test_there_is_a_query_for_each_way_of_asking(
    recorded: dict[str, tuple[Query, pl.Schema]],
) -> None:
    text = "\n".join(recorded)
    assert len(recorded) > 50
    for word in (*(each.value for each in Dimension), "lead_entered_on", "GROUP BY account_id"):
        assert word in text


def test_values_are_bound_in_the_first_step(
    recorded: dict[str, tuple[Query, pl.Schema]],
) -> None:
    for query, _ in recorded.values():
        first, *later = query.steps
        assert first.sql.count("?") == len(first.values) == len(query.values)
        assert not any("?" in step.sql for step in later)


def test_values_from_outside_are_never_text(
    recorded: dict[str, tuple[Query, pl.Schema]],
) -> None:
    filtered = [sql for sql, (query, _) in recorded.items() if "Webinar" in query.values]
    assert filtered
    assert not any("Webinar" in sql or str(WINTER.start) in sql for sql in recorded)


def test_results_are_plain_columns(recorded: dict[str, tuple[Query, pl.Schema]]) -> None:
    for sql, (_, schema) in recorded.items():
        nested = [name for name, dtype in schema.items() if dtype.is_nested()]
        assert not nested, sql


def test_a_late_value_is_refused() -> None:
    with pytest.raises(ValueError, match="only the first step may bind values"):
        Query(Step("one", "SELECT 1 AS x"), Step("two", "SELECT ? AS y FROM one", (1,)))
