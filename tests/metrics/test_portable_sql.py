"""Every query of every metric keeps to the SQL that other engines understand alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import cycle, islice, pairwise, product
from typing import TypeVar

import polars as pl
import pytest
import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from data.engine.warehouse import Warehouse
from data.errors import MetricError
from data.sql import Query, Step, Value
from metrics.attribution.comparing.audit_trail import audit_trail
from metrics.attribution.question import Question, Touched
from metrics.catalogue import catalogue
from metrics.deal_records import deal_records
from metrics.funnel.taken_back import taken_back_entries
from metrics.horizon import dimension_values, horizon
from metrics.journeys.finding import found_subjects
from metrics.journeys.known import gone_records
from metrics.journeys.lanes import timeline_lanes
from metrics.journeys.subject import Subject, SubjectKind
from metrics.journeys.timeline import timeline
from metrics.plan.events.steps import event_steps
from metrics.provenance.loads_behind import loads_behind
from metrics.quality.records import Behind, quality_records
from metrics.reach.bad_contacts import bad_contact_records
from metrics.records import stage_records
from metrics.scope import Basis, Counting, Dimension, Filter, Scope, Stage, Unit, Viewer
from tests.metrics.facts import TERMS, DraftWarehouse
from tests.metrics.scopes import ASKED_ONCE, ASKS_NOTHING_NEW, NOT_OF_DEALS, asked
from tests.metrics.twelve_leads import HISTORY, SEEN, TWELVE, WINTER

# In one worker: to ask everything takes long, and is done once for all tests.
pytestmark = pytest.mark.xdist_group("portable sql")


Answers = dict[tuple[str, tuple[Value, ...]], pl.DataFrame]
"""Rows by the text and the values of the query that asked for them."""


@dataclass
class RecordingWarehouse(Warehouse):
    """Answers as the other does, and keeps what was asked and the answer's types.

    What was answered already is answered the same again.
    """

    inner: Warehouse
    answers: Answers = field(default_factory=dict)
    asked: dict[str, tuple[Query, pl.Schema]] = field(default_factory=dict)
    generation: str = "recording"

    def query(self, query: Query) -> pl.DataFrame:
        text = query.render()
        found = self.answers.get((text, query.values))
        if found is None:
            found = self.answers[text, query.values] = self.inner.query(query)
        self.asked[text] = (query, found.schema)
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


Asked = dict[str, tuple[Query, pl.Schema]]
"""Queries by their text, and the types of their answers."""


def answer(name: str, warehouse: RecordingWarehouse) -> None:
    """Ask in every way for what has the name: a metric, or what pages ask beside them."""
    viewers = (Viewer(), Viewer("Ana", (Filter(Dimension.CHANNEL, ("Email", "Webinar")),)))
    if name == "horizon":
        horizon(warehouse)
    elif name == "dimension_values":
        for viewer in viewers:
            dimension_values(warehouse, Dimension.OWNER, viewer)
    elif name == "stage_records":
        for number, scope in enumerate(every_way()):
            if scope.unit is Unit.DEAL:
                deal_records(warehouse, scope, scope.unit.stages[number % 2])
            else:
                stage_records(warehouse, scope, list(Stage)[number % 5])
    elif name == "event_steps":
        for scope, by in zip(every_way(), cycle((None, *Dimension)), strict=False):
            event_steps(warehouse, scope, by)
    elif name == "audit_trail":
        of_deals = Question(asked(WINTER, SEEN))
        of_people = replace(
            of_deals,
            event=Stage.SQL,
            touched=Touched.PERSON,
            lookback_days=90,
            by=Dimension.CONTENT,
        )
        audit_trail(warehouse, of_deals, "O3", 20)
        audit_trail(warehouse, of_people, "L01", 20)
    elif name == "timeline":
        known = dict(zip(SubjectKind, ("L01", "p1", "A1", "O1"), strict=True))
        for viewer, kind in product(viewers, SubjectKind):
            scope = asked(WINTER, SEEN, viewer=viewer)
            timeline(warehouse, scope, TERMS, Subject(kind, known[kind]))
            timeline_lanes(warehouse, scope, TERMS, Subject(kind, known[kind]))
            with pytest.raises(MetricError, match="there is no"):
                timeline(warehouse, scope, TERMS, Subject(kind, "of nobody"))
    elif name == "found_subjects":
        for viewer in viewers:
            found_subjects(warehouse, asked(WINTER, SEEN, viewer=viewer), "Webinar")
            gone_records(warehouse, asked(WINTER, SEEN, viewer=viewer), "l01", "UTC")
            for unit in Unit:
                past = asked(WINTER, SEEN, viewer=viewer, unit=unit)
                taken_back_entries(warehouse, past, Stage.WON, TERMS)
    elif name == "quality_records":
        kinds = (Behind("level", "Verify", Stage.SQL), Behind("owner", "Ana", fakes=True))
        for behind in (*kinds, Behind(moved=("Verify", "Nurture"))):
            quality_records(warehouse, asked(WINTER, SEEN, viewer=viewers[1]), behind)
        bad_contact_records(warehouse, asked(WINTER, SEEN), TERMS, "file", "x.csv", limit=5)
    elif name == "loads_behind":
        loads_behind(warehouse, ["lead", "account"])
    elif METRICS[name].is_scoped:
        few = name in ASKED_ONCE | ASKS_NOTHING_NEW
        for number, scope in enumerate(islice(every_way(), 2 if few else None)):
            if scope.unit is Unit.DEAL and name in NOT_OF_DEALS:
                continue
            METRICS[name].measure(warehouse, scope, definitions=TERMS)
            if METRICS[name].sliced:
                by = list(Dimension)[number % len(Dimension)]
                METRICS[name].measure(warehouse, scope, by, definitions=TERMS)
    else:
        METRICS[name].measure(warehouse, definitions=TERMS)


METRICS = catalogue()
NAMES = (
    *METRICS,
    "horizon",
    "dimension_values",
    "stage_records",
    "event_steps",
    "audit_trail",
    "timeline",
    "found_subjects",
    "quality_records",
    "loads_behind",
)


class Recorded(dict[str, Asked]):
    """All queries by the metric; each is asked when it is looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.twelve = DraftWarehouse().hold(TWELVE.plus(HISTORY))
        self.answers: Answers = {}

    def __missing__(self, name: str) -> Asked:
        warehouse = RecordingWarehouse(self.twelve, self.answers)
        answer(name, warehouse)
        self[name] = warehouse.asked
        return self[name]


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    return Recorded()


@cache
def tokens(sql: str) -> list[sqlglot.Token]:
    return sqlglot.tokenize(sql, read="duckdb")


@cache
def nodes(sql: str) -> dict[type[exp.Expr], list[exp.Expr]]:
    """All nodes of the syntax tree by their class: the tree is walked once for all rules."""
    (tree,) = Dialect.get_or_raise("duckdb").parser().parse(tokens(sql), sql)
    assert tree is not None
    found: dict[type[exp.Expr], list[exp.Expr]] = {}
    for each in tree.walk():
        found.setdefault(type(each), []).append(each)
    return found


N = TypeVar("N", bound=exp.Expr)


def found_in(sql: str, *kinds: type[N]) -> list[N]:
    """All nodes of the syntax tree of the kinds, as `find_all` gives them, by their class."""
    return [
        each
        for kind, every in nodes(sql).items()
        if issubclass(kind, kinds)
        for each in every
        if isinstance(each, kinds)
    ]


def unaliased_subqueries(sql: str) -> list[str]:
    return [
        each.sql()
        for each in found_in(sql, exp.Subquery)
        if isinstance(each.parent, exp.From | exp.Join) and not each.alias
    ]


def group_by_all(sql: str) -> list[str]:
    groups = found_in(sql, exp.Group)
    named = [each.sql() for each in groups if each.args.get("all") is not None]
    return named + [each.sql() for each in found_in(sql, exp.Order) if "ALL" in each.sql()]


def star_with_exceptions(sql: str) -> list[str]:
    return [
        each.sql()
        for each in found_in(sql, exp.Star)
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
    return [each.sql() for each in found_in(sql, *kinds)]


def engines_own_functions(sql: str) -> list[str]:
    """Functions that sqlglot passes on without knowing what they mean, or that differ."""
    unknown = [each.sql() for each in found_in(sql, exp.Anonymous, exp.AnonymousAggFunc)]
    series = [each.sql() for each in found_in(sql, exp.GenerateSeries, exp.ArgMax, exp.ArgMin)]
    quantiles = [each.sql() for each in found_in(sql, exp.PercentileCont, exp.PercentileDisc)]
    loose = [each for each in quantiles if "WITHIN GROUP" not in sql.upper()]
    return unknown + series + loose + (["quantile_cont"] if "quantile_" in sql.lower() else [])


def decimal_literals(sql: str) -> list[str]:
    return [
        each.this
        for each in found_in(sql, exp.Literal)
        if not each.is_string and "." in each.this and "e" not in each.this.lower()
    ]


BOUNDS = ("observed_until", "period_start", "period_end", "spread_from", "spread_until")


def differences_of_moments(sql: str) -> list[str]:
    """Differences of days may only be taken between columns that hold days."""
    found = []
    for each in found_in(sql, exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff):
        for column in each.find_all(exp.Column):
            if column.name not in BOUNDS and not column.name.endswith("_on"):
                found.append(each.sql())
    return found


def named_placeholders(sql: str) -> list[str]:
    """Only `?` by itself: two `$name` would be read as the quotes of a text between them."""
    text = sqlglot.TokenType.STRING
    words = [each.text for each in tokens(sql) if each.token_type is not text]
    numbered = [f"?{after}" for each, after in pairwise(words) if each == "?" and after.isdigit()]
    return [each for each in words if each in ("$", ":")] + numbered


def aggregates_in_order(sql: str) -> list[str]:
    """`ORDER BY sum(x)` beside `sum(x) AS x`: some engines sum the sums."""
    return [
        each.sql()
        for each in found_in(sql, exp.Order)
        if each.find(exp.AggFunc) and not each.find_ancestor(exp.Window)
    ]


def a_column_twice_in_a_union(sql: str) -> list[str]:
    """`SELECT x, x` in a part of a UNION, not of UNION ALL: Spark makes an invalid plan of it."""
    found = []
    for arm in found_in(sql, exp.Select):
        selected = [each.unalias() for each in arm.selects]
        columns = [each.sql() for each in selected if isinstance(each, exp.Column)]
        is_once = isinstance(arm.parent, exp.Union) and arm.parent.args["distinct"]
        if is_once and len(set(columns)) < len(columns):
            found.append(arm.sql())
    return found


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
    (a_column_twice_in_a_union, "SELECT x, y FROM t UNION SELECT x AS a, x AS b FROM t"),
    (named_placeholders, "SELECT $name AS x"),
    (named_placeholders, "SELECT x FROM t WHERE x = :name"),
    (named_placeholders, "SELECT x FROM t WHERE x = ?1"),
)


@pytest.mark.parametrize(
    ("rule", "broken"), RULES, ids=lambda each: getattr(each, "__name__", each)
)
def test_each_rule_finds_what_breaks_it(rule: Callable[[str], list[str]], broken: str) -> None:
    assert rule(broken)


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_keeps_each_rule(recorded: Recorded, name: str) -> None:
    assert recorded[name]
    broken = {
        (rule.__name__, sql): found
        for rule in dict.fromkeys(rule for rule, _ in RULES)
        for sql in recorded[name]
        if (found := rule(sql))
    }
    assert not broken


def test_there_is_a_query_for_each_way_of_asking(recorded: Recorded) -> None:
    asked_at_all = {sql for name in NAMES for sql in recorded[name]}
    text = "\n".join(asked_at_all)
    assert len(asked_at_all) > 50
    for word in (*(each.value for each in Dimension), "lead_entered_on", "GROUP BY account_id"):
        assert word in text


@pytest.mark.parametrize("name", NAMES)
def test_values_are_bound_in_the_first_step(recorded: Recorded, name: str) -> None:
    """After kept steps, which bind their own."""
    for asked_one, _ in recorded[name].values():
        for query in (asked_one, *asked_one.kept.values()):
            kept = len(query.kept)
            binding, later = query.steps[: kept + 1], query.steps[kept + 1 :]
            assert list(query.kept) == [step.name for step in binding[:kept]]
            assert all(step.sql.count("?") == len(step.values) for step in binding)
            assert sum(len(step.values) for step in binding) == len(query.values)
            assert not any("?" in step.sql for step in later)


def test_values_from_outside_are_never_text(recorded: Recorded) -> None:
    every = {sql: query for name in NAMES for sql, (query, _) in recorded[name].items()}
    assert [sql for sql, query in every.items() if "Webinar" in query.values]
    assert [sql for sql, query in every.items() if "email_sent" in query.values]
    outside = ("Webinar", "email_sent", str(WINTER.start))
    assert not [sql for sql in every if any(value in sql for value in outside)]


@pytest.mark.parametrize("name", NAMES)
def test_results_are_plain_columns(recorded: Recorded, name: str) -> None:
    for sql, (_, schema) in recorded[name].items():
        nested = [column for column, dtype in schema.items() if dtype.is_nested()]
        assert not nested, sql


def test_a_late_value_is_refused() -> None:
    with pytest.raises(ValueError, match="only the first step may bind values"):
        Query(Step("one", "SELECT 1 AS x"), Step("two", "SELECT ? AS y FROM one", (1,)))
